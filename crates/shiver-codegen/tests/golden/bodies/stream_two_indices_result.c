// streams: 255
// indices: 2
float f(long i, long j) { return (float)i * j; }
//= checks at run time: none
//= loop
//=   loop
//=     call llvm.umax.i64
//=     vector loop
//=       store the result: <16 x float>, independent, past the caches
//=       fmul <16 x float>
//=     vector loop for the rest
//=       store the result: <4 x float>, independent
//=       fmul <4 x float>
//=     loop
//=       store the result: float, independent
//=       fmul float
