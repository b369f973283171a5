#include <math.h>
void f(double *y, const double *x, long i) { y[i] = cos(x[i]) + sqrt(x[i]); }
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   store y: <8 x double>, independent
//=   fadd <8 x double>
//=   call llvm.sqrt.v8f64
//=   call shiver.math.cos.f64x8.u10.fma
//= loop
//=   load x: double, independent
//=   store y: double, independent
//=   fadd double
//=   call llvm.sqrt.f64
//=   call shiver.math.cos.f64x1.u10.fma
