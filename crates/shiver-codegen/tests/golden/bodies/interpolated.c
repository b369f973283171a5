// cpu: haswell, sapphirerapids, znver4
double f(const double *table, const double *x, long i) {
    long k = x[i];
    double t = x[i] - k;
    return table[k] * (1 - t) + table[k + 1] * t;
}
//= haswell: 4 in 256 bits, then 1
//= sapphirerapids: 8 in 512 bits, then 1; gathers table
//= znver4: 8 in 512 bits, then 1; gathers table
