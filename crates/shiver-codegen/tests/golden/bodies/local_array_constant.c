// cpu: haswell, sapphirerapids, znver4
double f(const double *x, long i) {
    double t[4];
    for (int k = 0; k < 4; k++) t[k] = x[i] * k;
    return t[0] + t[1] * t[2] - t[3];
}
//= haswell: 16 in 256 bits, then 4, then 1
//= sapphirerapids: 32 in 512 bits, then 4, then 1
//= znver4: 32 in 512 bits, then 4, then 1
