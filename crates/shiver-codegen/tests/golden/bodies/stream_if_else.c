// streams: 255
void f(const double *x, double *y, long i) { if (x[i] > 0) y[i] = x[i]; else y[i] = -1; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <8 x double>, independent
//=     store y: <8 x double>, independent, past the caches
//=     fcmp <8 x double>
//=   loop
//=     load x: double, independent
//=     store y: double, independent
//=     fcmp double
