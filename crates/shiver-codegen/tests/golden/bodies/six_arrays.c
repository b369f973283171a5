// cpu: haswell, sapphirerapids, znver4
void f(double *u, double *v, const double *a, const double *b, const double *c, const double *d, int i) {
    u[i] = a[i] * b[i] + c[i];
    v[i] = a[i] - d[i] * u[i];
}
//= haswell: 4 in 256 bits, then 1
//= sapphirerapids: 8 in 512 bits, then 1
//= znver4: 8 in 512 bits, then 1
