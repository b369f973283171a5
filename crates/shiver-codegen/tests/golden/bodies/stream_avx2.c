// streams: 255
// cpu: haswell
void f(const double *x, double *y, long i) { y[i] = x[i] + 1; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <4 x double>, independent
//=     store y: <4 x double>, independent, past the caches
//=     fadd <4 x double>
//=   loop
//=     load x: double, independent
//=     store y: double, independent
//=     fadd double
