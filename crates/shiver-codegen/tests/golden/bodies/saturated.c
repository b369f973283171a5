// cpu: haswell, sapphirerapids, znver4
void f(unsigned char *y, const unsigned char *a, const unsigned char *b, long i) {
    int s = a[i] + b[i];
    y[i] = s > 255 ? 255 : s;
}
//= haswell: 32 in 1024 bits, then 4, then 1
//= sapphirerapids: 64 in 2048 bits, then 8, then 1
//= znver4: 64 in 2048 bits, then 8, then 1
