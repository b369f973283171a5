// cpu: haswell, sapphirerapids, znver4
void f(long *a, long *b, long *c, long i) {
    a[i] = 7;
    c[i] = b[i];
    b[i] = 9;
}
//= haswell: 16 in 256 bits, then 4, then 1
//= sapphirerapids: 32 in 512 bits, then 8, then 1
//= znver4: 32 in 512 bits, then 8, then 1
