// cpu: haswell, sapphirerapids, znver4
double f(const int *m, const double *a, const double *b, const double *c, long i) {
    return m[i] > 0 ? a[i] : m[i] < 0 ? b[i] : c[i];
}
//= haswell: 4 in 256 bits, then 1; masked
//= sapphirerapids: 16 in 512 bits, then 8, then 1; masked
//= znver4: 16 in 512 bits, then 8, then 1; masked
