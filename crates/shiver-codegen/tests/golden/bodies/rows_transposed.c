// indices: 2
// for I: int, long
// cpu: haswell, sapphirerapids, znver4
// LLVM bets on rows of length 1; others are read one by one.
void f(double *y, const double *x, I m, I i, I j) { y[i * m + j] = x[j * m + i]; }
//= int, haswell: 16 in 256 bits, then 4, then 1; checked that steps are 1
//= int, sapphirerapids: 32 in 512 bits, then 4, then 1; checked that steps are 1
//= int, znver4: 32 in 512 bits, then 4, then 1; checked that steps are 1
//= long, haswell: 16 in 256 bits, then 4, then 1; checked that steps are 1
//= long, sapphirerapids: 32 in 512 bits, then 4, then 1; checked that steps are 1
//= long, znver4: 32 in 512 bits, then 4, then 1; checked that steps are 1
