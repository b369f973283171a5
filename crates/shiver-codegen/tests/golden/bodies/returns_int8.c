signed char f(const signed char *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load x: <64 x i8>, independent
//=   store the result: <64 x i8>, independent
//= vector loop for the rest
//=   load x: <16 x i8>, independent
//=   store the result: <16 x i8>, independent
//= loop
//=   load x: i8, independent
//=   store the result: i8, independent
