// indices: 2
float f(long i, long j) { return (float)i * j; }
//= checks at run time: none
//= loop
//=   vector loop
//=     store the result: <16 x float>, independent
//=     fmul <16 x float>
//=   vector loop for the rest
//=     store the result: <8 x float>, independent
//=     fmul <8 x float>
//=   loop
//=     store the result: float, independent
//=     fmul float
