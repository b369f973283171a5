// Calls of C's functions become calls of the vector's forms, in all lanes where some need it.
#include <math.h>
double f(const double *x, const double *y, long i) {
    double z = sin(x[i]) + pow(x[i], y[i]) + fmod(x[i], y[i]) + lgamma(x[i]);
    return x[i] > 1 ? z : cbrt(y[i]);
}
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   load y: <8 x double>, independent
//=   store the result: <8 x double>, independent
//=   fadd <8 x double>
//=   fcmp <8 x double>
//=   call shiver.math.cbrt.f64x8.u10.fma
//=   call shiver.math.fmod.f64x8.u10.fma
//=   call shiver.math.lgamma.f64x8.u10.fma
//=   call shiver.math.pow.f64x8.u10.fma
//=   call shiver.math.sin.f64x8.u10.fma
//= loop
//=   load x: double, independent
//=   load y: double, independent
//=   store the result: double, independent
//=   fadd double
//=   fcmp double
//=   call shiver.math.cbrt.f64x1.u10.fma
//=   call shiver.math.fmod.f64x1.u10.fma
//=   call shiver.math.lgamma.f64x1.u10.fma
//=   call shiver.math.pow.f64x1.u10.fma
//=   call shiver.math.sin.f64x1.u10.fma
