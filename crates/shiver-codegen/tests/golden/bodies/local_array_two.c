// cpu: haswell, sapphirerapids, znver4
double f(const double *x, const int *k, long i) {
    double t[2];
    t[k[i] & 1] = x[i];
    t[1 - (k[i] & 1)] = -x[i];
    return t[0];
}
//= haswell: one by one
//= sapphirerapids: one by one
//= znver4: one by one
