float f(const float *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load x: <16 x float>, independent
//=   store the result: <16 x float>, independent
//=   fadd <16 x float>
//= vector loop for the rest
//=   load x: <8 x float>, independent
//=   store the result: <8 x float>, independent
//=   fadd <8 x float>
//= loop
//=   load x: float, independent
//=   store the result: float, independent
//=   fadd float
