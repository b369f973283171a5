// for I: int, long
// cpu: haswell, sapphirerapids, znver4
void f(float *y, const float *x, I m, I i) { y[i] = x[i / m] + x[i % m]; }
//= int, haswell: 8 in 256 bits, then 1
//= int, sapphirerapids: one by one
//= int, znver4: one by one
//= long, haswell: 8 in 256 bits, then 1
//= long, sapphirerapids: one by one
//= long, znver4: one by one
