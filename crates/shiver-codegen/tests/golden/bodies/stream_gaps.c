// streams: 255
void f(const double *x, double *y, long i) { y[2 * i] = x[i]; }
//= nothing to stream
