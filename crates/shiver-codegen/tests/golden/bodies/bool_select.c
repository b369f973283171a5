// cpu: haswell, sapphirerapids, znver4
void f(double *y, const _Bool *m, const double *a, const double *b, long i) { y[i] = m[i] ? a[i] : b[i]; }
//= haswell: 16 in 256 bits, then 4, then 1; masked
//= sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= znver4: 32 in 512 bits, then 8, then 1; masked
