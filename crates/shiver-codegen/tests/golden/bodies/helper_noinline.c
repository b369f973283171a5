__attribute__((noinline)) static double square(double x) { return x * x; }
void f(double *x, long i) { x[i] = square(x[i]); }
//= checks at run time: none
//= loop
//=   load x: double, independent
//=   store x: double, independent
//=   call square
