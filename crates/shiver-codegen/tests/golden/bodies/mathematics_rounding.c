// A body that may change how results are rounded keeps libm's functions.
#include <math.h>
#pragma STDC FENV_ACCESS ON
double f(const double *x, long i) { return exp(x[i]); }
//= checks at run time: none
//= loop
//=   load x: double, independent
//=   store the result: double, independent
//=   call llvm.experimental.constrained.exp.f64
