// streams: 255
// indices: 2
void f(const double *x, double *y, long n, long i, long j) { y[i * n + j] = x[j * n + i]; }
//= checks at run time: that steps are 1
//= loop
//=   loop
//=     call llvm.umax.i64
//=     vector loop
//=       load x: <8 x double>, independent
//=       store y: <8 x double>, independent, past the caches
//=     loop
//=       load x: double, independent
//=       store y: double, independent
