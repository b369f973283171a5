// cpu: haswell, sapphirerapids, znver4
#include <math.h>
void f(double *y, double *z, const double *x, long i) {
    y[i] = sin(x[i]);
    z[i] = cos(x[i]);
}
//= haswell: 4 in 256 bits, then 1; calls shiver.math.cos.f64x1.u10.fma, shiver.math.cos.f64x4.u10.fma, shiver.math.sin.f64x1.u10.fma, shiver.math.sin.f64x4.u10.fma
//= sapphirerapids: 8 in 512 bits, then 1; calls shiver.math.cos.f64x1.u10.fma, shiver.math.cos.f64x8.u10.fma, shiver.math.sin.f64x1.u10.fma, shiver.math.sin.f64x8.u10.fma
//= znver4: 8 in 512 bits, then 1; calls shiver.math.cos.f64x1.u10.fma, shiver.math.cos.f64x8.u10.fma, shiver.math.sin.f64x1.u10.fma, shiver.math.sin.f64x8.u10.fma
