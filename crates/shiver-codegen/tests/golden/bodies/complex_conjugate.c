// cpu: haswell, sapphirerapids, znver4
#include <complex.h>
void f(double _Complex *z, long i) { z[i] = conj(z[i]); }
//= haswell: 4 in 512 bits, then 1
//= sapphirerapids: 32 in 1024 bits, then 8, then 1; scatters z
//= znver4: 32 in 1024 bits, then 8, then 1; scatters z
