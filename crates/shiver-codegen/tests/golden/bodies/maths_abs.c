// cpu: haswell, sapphirerapids, znver4
#include <stdlib.h>
int f(const int *x, long i) { return abs(x[i]); }
//= haswell: 32 in 256 bits, then 4, then 1
//= sapphirerapids: 64 in 512 bits, then 8, then 1
//= znver4: 64 in 512 bits, then 8, then 1
