// streams: 255
double f(const double *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <8 x double>, independent
//=     store the result: <8 x double>, independent, past the caches
//=     fadd <8 x double>
//=   loop
//=     load x: double, independent
//=     store the result: double, independent
//=     fadd double
