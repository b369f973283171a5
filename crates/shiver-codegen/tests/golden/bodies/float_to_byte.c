// cpu: haswell, sapphirerapids, znver4
void f(unsigned char *y, const float *x, long i) { y[i] = x[i] * 255; }
//= haswell: 32 in 256 bits, then 8, then 1
//= sapphirerapids: 64 in 512 bits, then 8, then 1
//= znver4: 64 in 512 bits, then 8, then 1
