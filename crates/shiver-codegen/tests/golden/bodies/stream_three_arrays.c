// streams: 255
void f(const float *x, double *y, double *z, float *w, long i) { y[i] = x[i]; z[i] = 2 * x[i]; w[i] = x[i] + 1; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <8 x float>, independent
//=     store w: <8 x float>, independent
//=     store y: <8 x double>, independent, past the caches
//=     store z: <8 x double>, independent, past the caches
//=     fadd <8 x float>
//=     fmul <8 x float>
//=   loop
//=     load x: float, independent
//=     store w: float, independent
//=     store y: double, independent
//=     store z: double, independent
//=     fadd float
//=     fmul float
