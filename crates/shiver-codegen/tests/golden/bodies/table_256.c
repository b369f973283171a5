// cpu: haswell, sapphirerapids, znver4
unsigned char f(const unsigned char *table, const unsigned char *x, long i) { return table[x[i]]; }
//= haswell: 32 in 256 bits, then 8, then 1
//= sapphirerapids: 64 in 4096 bits, then 8, then 1
//= znver4: 64 in 4096 bits, then 8, then 1
