// streams: 255
void f(const double *x, double *y, double *z, long i) { y[i] += x[i]; z[i] = x[i]; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <8 x double>, independent
//=     load y: <8 x double>, independent
//=     store y: <8 x double>, independent
//=     store z: <8 x double>, independent, past the caches
//=     fadd <8 x double>
//=   loop
//=     load x: double, independent
//=     load y: double, independent
//=     store y: double, independent
//=     store z: double, independent
//=     fadd double
