// for T: float, double
// cpu: haswell, sapphirerapids, znver4
#include <math.h>
void f(T *y, const T *x, long i) { y[i] = fma(x[i], x[i], 1.0); }
//= float, haswell: 32 in 512 bits, then 4, then 1
//= float, sapphirerapids: 32 in 512 bits, then 4, then 1
//= float, znver4: 32 in 512 bits, then 4, then 1
//= double, haswell: 16 in 256 bits, then 4, then 1
//= double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= double, znver4: 32 in 512 bits, then 4, then 1
