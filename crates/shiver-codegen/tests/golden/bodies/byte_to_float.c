// cpu: haswell, sapphirerapids, znver4
void f(float *y, const unsigned char *x, long i) { y[i] = x[i] / 255.0f; }
//= haswell: 8 in 256 bits, then 1
//= sapphirerapids: 64 in 512 bits, then 8, then 1
//= znver4: 64 in 512 bits, then 8, then 1
