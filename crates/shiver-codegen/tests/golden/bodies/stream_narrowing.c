// streams: 255
float f(const double *x, long i) { return x[i]; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <8 x double>, independent
//=     store the result: <8 x float>, independent, past the caches
//=   loop
//=     load x: double, independent
//=     store the result: float, independent
