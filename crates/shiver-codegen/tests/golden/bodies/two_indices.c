// indices: 2
void f(float *x, long n, long i, long j) { x[i * n + j] *= 2; }
//= checks at run time: none
//= loop
//=   vector loop
//=     load x: <16 x float>, independent
//=     store x: <16 x float>, independent
//=     fmul <16 x float>
//=   vector loop for the rest
//=     load x: <8 x float>, independent
//=     store x: <8 x float>, independent
//=     fmul <8 x float>
//=   loop
//=     load x: float, independent
//=     store x: float, independent
//=     fmul float
