// streams: 255
// steps: general
void f(const double *x, double *y, long i) { y[i] = x[i] + 1; }
//= nothing to stream
