// for I: int, long
// cpu: haswell, sapphirerapids, znver4
void f(float *restrict y, const float *restrict a, const float *restrict b, I i) { y[i] = a[i] * b[i]; }
//= int, haswell: 32 in 256 bits, then 4, then 1
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1
//= int, znver4: 64 in 512 bits, then 8, then 1
//= long, haswell: 32 in 256 bits, then 4, then 1
//= long, sapphirerapids: 64 in 512 bits, then 8, then 1
//= long, znver4: 64 in 512 bits, then 8, then 1
