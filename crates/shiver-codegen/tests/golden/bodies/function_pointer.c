void f(double (*g)(double), double *x, long i) { x[i] = g(x[i]); }
//= checks at run time: none
//= loop
//=   load x: double, in order
//=   store x: double, in order
//=   call through a pointer
