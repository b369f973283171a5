// for T: float, double
// cpu: haswell, sapphirerapids, znver4
#include <complex.h>
void f(T *y, const T _Complex *a, long i) { y[i] = creal(a[i]) * creal(a[i]) + cimag(a[i]) * cimag(a[i]); }
//= float, haswell: 8 in 512 bits, then 1
//= float, sapphirerapids: 32 in 512 bits, then 8, then 1
//= float, znver4: 32 in 512 bits, then 8, then 1
//= double, haswell: 16 in 512 bits, then 4, then 1
//= double, sapphirerapids: 32 in 1024 bits, then 4, then 1
//= double, znver4: 32 in 1024 bits, then 4, then 1
