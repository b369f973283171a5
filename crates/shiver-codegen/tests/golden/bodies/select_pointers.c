// cpu: haswell, sapphirerapids, znver4
void f(double *y, const int *m, const double *a, const double *b, long i) {
    const double *p = m[i] > 0 ? a : b;
    y[i] = p[i] * p[i + 1];
}
//= haswell: 4 in 256 bits, then 1; masked
//= sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= znver4: 32 in 512 bits, then 8, then 1; masked
