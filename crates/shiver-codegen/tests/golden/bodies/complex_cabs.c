// cpu: haswell, sapphirerapids, znver4
#include <complex.h>
void f(double *y, const double _Complex *a, long i) { y[i] = cabs(a[i]); }
//= haswell: one by one; calls cabs
//= sapphirerapids: one by one; calls cabs
//= znver4: one by one; calls cabs
