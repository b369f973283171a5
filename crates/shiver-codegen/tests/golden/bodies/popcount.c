// for T: unsigned, unsigned long
// for C: __builtin_popcountll, __builtin_clzll, __builtin_ctzll
// cpu: haswell, sapphirerapids, znver4
int f(const T *x, long i) { return C(x[i]); }
//= unsigned, __builtin_popcountll, haswell: 32 in 256 bits, then 8, then 1
//= unsigned, __builtin_popcountll, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned, __builtin_popcountll, znver4: 64 in 512 bits, then 8, then 1
//= unsigned, __builtin_clzll, haswell: 32 in 256 bits, then 8, then 1
//= unsigned, __builtin_clzll, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned, __builtin_clzll, znver4: 64 in 512 bits, then 8, then 1
//= unsigned, __builtin_ctzll, haswell: 32 in 256 bits, then 8, then 1
//= unsigned, __builtin_ctzll, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned, __builtin_ctzll, znver4: 64 in 512 bits, then 8, then 1
//= unsigned long, __builtin_popcountll, haswell: 16 in 256 bits, then 4, then 1
//= unsigned long, __builtin_popcountll, sapphirerapids: 32 in 512 bits, then 8, then 1
//= unsigned long, __builtin_popcountll, znver4: 32 in 512 bits, then 8, then 1
//= unsigned long, __builtin_clzll, haswell: 4 in 256 bits, then 1
//= unsigned long, __builtin_clzll, sapphirerapids: 32 in 512 bits, then 8, then 1
//= unsigned long, __builtin_clzll, znver4: 32 in 512 bits, then 8, then 1
//= unsigned long, __builtin_ctzll, haswell: 16 in 256 bits, then 4, then 1
//= unsigned long, __builtin_ctzll, sapphirerapids: 32 in 512 bits, then 8, then 1
//= unsigned long, __builtin_ctzll, znver4: 32 in 512 bits, then 8, then 1
