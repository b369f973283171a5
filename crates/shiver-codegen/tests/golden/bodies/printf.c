#include <stdio.h>
void f(const double *x, long i) { printf("%f\n", x[i]); }
//= checks at run time: none
//= loop
//=   load x: double, in order
//=   call printf
