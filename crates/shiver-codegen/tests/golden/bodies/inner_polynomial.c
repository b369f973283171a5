// cpu: haswell, sapphirerapids, znver4
double f(const double *x, const double *c, long i) {
    double s = 0;
    for (int k = 7; k >= 0; k--) s = s * x[i] + c[k];
    return s;
}
//= haswell: 4 in 256 bits, then 1
//= sapphirerapids: 8 in 512 bits, then 1
//= znver4: 8 in 512 bits, then 1
