// cpu: haswell, sapphirerapids, znver4
// libm's, of which there is no form for vectors.
#include <math.h>
double f(const double *x, const int *k, long i) { return ldexp(x[i], k[i]); }
//= haswell: one by one; calls ldexp
//= sapphirerapids: one by one; calls ldexp
//= znver4: one by one; calls ldexp
