// cpu: haswell, sapphirerapids, znver4
void f(float *y, const int *k, const float *x, long i) {
    switch (k[i]) {
    case 0: y[i] = x[i]; break;
    case 1: y[i] = x[i] * x[i]; break;
    case 2: y[i] = 1 / x[i];
    default: break;
    }
}
//= haswell: 8 in 256 bits, then 1; masked
//= sapphirerapids: 16 in 512 bits, then 8, then 1; masked
//= znver4: 16 in 512 bits, then 8, then 1; masked
