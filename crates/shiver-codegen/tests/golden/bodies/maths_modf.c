// cpu: haswell, sapphirerapids, znver4
#include <math.h>
void f(double *y, double *z, const double *x, long i) { y[i] = modf(x[i], z + i); }
//= haswell: 4 in 256 bits, then 1
//= sapphirerapids: 8 in 512 bits, then 1
//= znver4: 8 in 512 bits, then 1
