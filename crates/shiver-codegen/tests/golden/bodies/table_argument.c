// cpu: haswell, sapphirerapids, znver4
double f(const double *table, const int *k, long i) { return table[k[i]]; }
//= haswell: 16 in 256 bits, then 4, then 1
//= sapphirerapids: 32 in 512 bits, then 8, then 1; gathers table
//= znver4: 32 in 512 bits, then 8, then 1; gathers table
