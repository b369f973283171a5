// for F: sqrt, fabs, floor, ceil, rint, round, trunc, exp, log, sin, tan, atan, cbrt, tanh, erf, lgamma, nearbyint, logb, isnan, isfinite, signbit
#include <math.h>
void f(double *y, const double *x, long i) { y[i] = F(x[i]); }
//= sqrt: 8 in 512 bits, then 1
//= fabs: 32 in 512 bits, then 4, then 1
//= floor: 32 in 512 bits, then 4, then 1
//= ceil: 32 in 512 bits, then 4, then 1
//= rint: 32 in 512 bits, then 4, then 1
//= round: 32 in 512 bits, then 4, then 1
//= trunc: 32 in 512 bits, then 4, then 1
//= exp: 32 in 512 bits, then 4, then 1; calls shiver.math.exp.f64x1.u10.fma, shiver.math.exp.f64x4.u10.fma, shiver.math.exp.f64x8.u10.fma
//= log: 32 in 512 bits, then 4, then 1; calls shiver.math.log.f64x1.u10.fma, shiver.math.log.f64x4.u10.fma, shiver.math.log.f64x8.u10.fma
//= sin: 32 in 512 bits, then 4, then 1; calls shiver.math.sin.f64x1.u10.fma, shiver.math.sin.f64x4.u10.fma, shiver.math.sin.f64x8.u10.fma
//= tan: 32 in 512 bits, then 4, then 1; calls shiver.math.tan.f64x1.u10.fma, shiver.math.tan.f64x4.u10.fma, shiver.math.tan.f64x8.u10.fma
//= atan: 32 in 512 bits, then 4, then 1; calls shiver.math.atan.f64x1.u10.fma, shiver.math.atan.f64x4.u10.fma, shiver.math.atan.f64x8.u10.fma
//= cbrt: 32 in 512 bits, then 4, then 1; calls shiver.math.cbrt.f64x1.u10.fma, shiver.math.cbrt.f64x4.u10.fma, shiver.math.cbrt.f64x8.u10.fma
//= tanh: 32 in 512 bits, then 4, then 1; calls shiver.math.tanh.f64x1.u10.fma, shiver.math.tanh.f64x4.u10.fma, shiver.math.tanh.f64x8.u10.fma
//= erf: 32 in 512 bits, then 4, then 1; calls shiver.math.erf.f64x1.u10.fma, shiver.math.erf.f64x4.u10.fma, shiver.math.erf.f64x8.u10.fma
//= lgamma: 32 in 512 bits, then 4, then 1; calls shiver.math.lgamma.f64x1.u10.fma, shiver.math.lgamma.f64x4.u10.fma, shiver.math.lgamma.f64x8.u10.fma
//= nearbyint: 32 in 512 bits, then 4, then 1
//= logb: one by one; calls logb
//= isnan: 32 in 512 bits, then 8, then 1
//= isfinite: 32 in 512 bits, then 8, then 1
//= signbit: 32 in 512 bits, then 8, then 1
