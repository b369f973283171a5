// streams: 255
void f(const double *x, double *y, long i) { if (x[i] > 0) y[i] = x[i]; }
//= nothing to stream
