// cpu: haswell, sapphirerapids, znver4
void f(int *y, float *z, const float *x, long i) {
    if (x[i] > 0) y[i] = 1, z[i] = x[i];
    else y[i] = 0;
}
//= haswell: 32 in 256 bits, then 8, then 1; masked
//= sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= znver4: 64 in 512 bits, then 8, then 1; masked
