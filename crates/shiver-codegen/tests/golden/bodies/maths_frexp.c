// cpu: haswell, sapphirerapids, znver4
// libm's, which writes through a pointer: no form for vectors.
#include <math.h>
void f(double *y, int *k, const double *x, long i) { y[i] = frexp(x[i], k + i); }
//= haswell: one by one; calls frexp
//= sapphirerapids: one by one; calls frexp
//= znver4: one by one; calls frexp
