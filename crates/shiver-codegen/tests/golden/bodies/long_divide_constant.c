// cpu: haswell, sapphirerapids, znver4
long f(const long *x, long i) { return x[i] / 1000; }
//= haswell: one by one
//= sapphirerapids: one by one
//= znver4: one by one
