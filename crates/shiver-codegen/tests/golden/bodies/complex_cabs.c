// cpu: haswell, sapphirerapids, znver4
// cabs is libm's, of which there is no form for vectors; hypot has one.
#include <complex.h>
void f(double *y, const double _Complex *a, long i) { y[i] = cabs(a[i]); }
//= haswell: one by one; calls cabs
//= sapphirerapids: one by one; calls cabs
//= znver4: one by one; calls cabs
