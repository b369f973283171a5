// cpu: haswell, sapphirerapids, znver4
#include <math.h>
void f(double *y, const double *x, long i) {
    if (x[i] > 0) y[i] = log(x[i]);
}
//= haswell: 4 in 256 bits, then 1; masked; calls shiver.math.log.f64x1.u10.fma, shiver.math.log.f64x4.u10.fma
//= sapphirerapids: 32 in 512 bits, then 8, then 1; masked; calls shiver.math.log.f64x1.u10.fma, shiver.math.log.f64x8.u10.fma
//= znver4: 32 in 512 bits, then 8, then 1; masked; calls shiver.math.log.f64x1.u10.fma, shiver.math.log.f64x8.u10.fma
