// streams: 255
void f(const double *x, const long *at, double *y, long i) { y[at[i]] = x[i]; }
//= nothing to stream
