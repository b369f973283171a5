// streams: 255
void f(const float *x, float *y, int i) { y[i] = x[i] * x[i + 1]; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <16 x float>, independent
//=     store y: <16 x float>, independent, past the caches
//=     fmul <16 x float>
//=   vector loop for the rest
//=     load x: <4 x float>, independent
//=     store y: <4 x float>, independent
//=     fmul <4 x float>
//=   loop
//=     load x: float, independent
//=     store y: float, independent
//=     fmul float
