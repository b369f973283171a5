// cpu: haswell, sapphirerapids, znver4
double f(const double *a, long i) {
    double x = a[i];
    for (int k = 0; k < 20; k++) x = 0.5 * (x + a[i] / x);
    return x;
}
//= haswell: 4 in 256 bits, then 1
//= sapphirerapids: 8 in 512 bits, then 1
//= znver4: 8 in 512 bits, then 1
