// cpu: haswell, sapphirerapids, znver4
// Which of its two variables an iteration means is only known when it runs: they stay in memory, one
// array for all iterations, and so these stay in order. A slot for each lane would be faster.
double f(const double *x, const int *k, long i) {
    double t[2];
    t[k[i] & 1] = x[i];
    t[1 - (k[i] & 1)] = -x[i];
    return t[0];
}
//= haswell: one by one
//= sapphirerapids: one by one
//= znver4: one by one
