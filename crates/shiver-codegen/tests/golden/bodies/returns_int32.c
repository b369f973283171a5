int f(const int *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load x: <16 x i32>, independent
//=   store the result: <16 x i32>, independent
//= vector loop for the rest
//=   load x: <8 x i32>, independent
//=   store the result: <8 x i32>, independent
//= loop
//=   load x: i32, independent
//=   store the result: i32, independent
