// cpu: haswell, sapphirerapids, znver4
void f(int *x, long n, long i) {
    int t = x[i];
    x[i] = x[n - 1 - i];
    x[n - 1 - i] = t;
}
//= haswell: 16 in 256 bits, then 4, then 1
//= sapphirerapids: 32 in 512 bits, then 8, then 1
//= znver4: 32 in 512 bits, then 8, then 1
