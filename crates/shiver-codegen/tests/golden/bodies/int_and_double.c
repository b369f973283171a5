// cpu: haswell, sapphirerapids, znver4
void f(double *y, const int *k, const double *x, long i) { y[i] = k[i] + x[i]; }
//= haswell: 16 in 256 bits, then 4, then 1
//= sapphirerapids: 32 in 512 bits, then 4, then 1
//= znver4: 32 in 512 bits, then 4, then 1
