short f(const short *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load x: <32 x i16>, independent
//=   store the result: <32 x i16>, independent
//= vector loop for the rest
//=   load x: <8 x i16>, independent
//=   store the result: <8 x i16>, independent
//= loop
//=   load x: i16, independent
//=   store the result: i16, independent
