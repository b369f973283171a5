long f(const long *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load x: <8 x i64>, independent
//=   store the result: <8 x i64>, independent
//= vector loop for the rest
//=   load x: <4 x i64>, independent
//=   store the result: <4 x i64>, independent
//= loop
//=   load x: i64, independent
//=   store the result: i64, independent
