// cpu: haswell, sapphirerapids, znver4
unsigned f(const unsigned *x, long i) { return __builtin_bswap32(x[i]); }
//= haswell: 32 in 256 bits, then 4, then 1
//= sapphirerapids: 64 in 512 bits, then 8, then 1
//= znver4: 64 in 512 bits, then 8, then 1
