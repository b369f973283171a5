// for I: int, long
// cpu: haswell, sapphirerapids, znver4
// LLVM bets on a step of 1, and else does iterations one by one. Bodies over strided arrays mean it.
void f(float *y, const float *x, I s, I i) { y[i * s] = x[i * s] + 1; }
//= int, haswell: 32 in 256 bits, then 4, then 1; checked that steps are 1
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1; checked that steps are 1
//= int, znver4: 64 in 512 bits, then 8, then 1; checked that steps are 1
//= long, haswell: 32 in 256 bits, then 4, then 1; checked that steps are 1
//= long, sapphirerapids: 64 in 512 bits, then 8, then 1; checked that steps are 1
//= long, znver4: 64 in 512 bits, then 8, then 1; checked that steps are 1
