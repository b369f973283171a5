// for I: int, long
// cpu: haswell, sapphirerapids, znver4
void f(float *y, const float *x, I m, I i) { y[i] = x[i / m] + x[i % m]; }
//= int, haswell: 8 in 256 bits, then 1
//= int, sapphirerapids: 16 in 512 bits, then 4, then 1; gathers x
//= int, znver4: 16 in 512 bits, then 4, then 1; gathers x
//= long, haswell: 8 in 256 bits, then 1
//= long, sapphirerapids: 8 in 256 bits, then 1; gathers x
//= long, znver4: 8 in 256 bits, then 1; gathers x
