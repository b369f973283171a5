_Float16 f(const _Float16 *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load x: <32 x half>, independent
//=   store the result: <32 x half>, independent
//=   fadd <32 x half>
//= vector loop for the rest
//=   load x: <8 x half>, independent
//=   store the result: <8 x half>, independent
//=   fadd <8 x half>
//= loop
//=   load x: half, independent
//=   store the result: half, independent
//=   fadd half
