// fastmath: all
// The faster form where there is one.
#include <math.h>
double f(const double *x, long i) { return sin(x[i]) + expm1(x[i]); }
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   store the result: <8 x double>, independent
//=   fadd nnan ninf nsz arcp afn <8 x double>
//=   call shiver.math.expm1.f64x8.u10.fma
//=   call shiver.math.sin.f64x8.u35.fma
//= loop
//=   load x: double, independent
//=   store the result: double, independent
//=   fadd nnan ninf nsz arcp afn double
//=   call shiver.math.expm1.f64x1.u10.fma
//=   call shiver.math.sin.f64x1.u35.fma
