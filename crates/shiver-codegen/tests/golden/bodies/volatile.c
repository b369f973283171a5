void f(volatile double *x, const double *y, long i) { x[i] = y[i]; }
//= checks at run time: none
//= loop
//=   load y: double, in order
//=   volatile store x: double, in order
