// for F: pow, atan2, hypot, fmod, fmin, fmax, copysign, fdim, remainder, nextafter
#include <math.h>
void f(double *y, const double *x, const double *z, long i) { y[i] = F(x[i], z[i]); }
//= pow: 32 in 512 bits, then 4, then 1; calls shiver.math.pow.f64x1.u10.fma, shiver.math.pow.f64x4.u10.fma, shiver.math.pow.f64x8.u10.fma
//= atan2: 32 in 512 bits, then 4, then 1; calls shiver.math.atan2.f64x1.u10.fma, shiver.math.atan2.f64x4.u10.fma, shiver.math.atan2.f64x8.u10.fma
//= hypot: 32 in 512 bits, then 4, then 1; calls shiver.math.hypot.f64x1.u10.fma, shiver.math.hypot.f64x4.u10.fma, shiver.math.hypot.f64x8.u10.fma
//= fmod: 32 in 512 bits, then 4, then 1; calls shiver.math.fmod.f64x1.u10.fma, shiver.math.fmod.f64x4.u10.fma, shiver.math.fmod.f64x8.u10.fma
//= fmin: 32 in 512 bits, then 4, then 1
//= fmax: 32 in 512 bits, then 4, then 1
//= copysign: 32 in 512 bits, then 4, then 1
//= fdim: 32 in 512 bits, then 4, then 1; calls shiver.math.fdim.f64x1.u10.fma, shiver.math.fdim.f64x4.u10.fma, shiver.math.fdim.f64x8.u10.fma
//= remainder: 32 in 512 bits, then 4, then 1; calls shiver.math.remainder.f64x1.u10.fma, shiver.math.remainder.f64x4.u10.fma, shiver.math.remainder.f64x8.u10.fma
//= nextafter: 32 in 512 bits, then 4, then 1; calls shiver.math.nextafter.f64x1.u10.fma, shiver.math.nextafter.f64x4.u10.fma, shiver.math.nextafter.f64x8.u10.fma
