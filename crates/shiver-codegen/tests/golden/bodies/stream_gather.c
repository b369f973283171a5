// streams: 255
void f(const double *x, const long *at, double *y, long i) { y[i] = x[at[i]]; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load at: <8 x i64>, independent
//=     store y: <8 x double>, independent, past the caches
//=     call llvm.masked.gather.v8f64.v8p0, independent
//=   loop
//=     load at: i64, independent
//=     load x: double, independent
//=     store y: double, independent
