// cpu: haswell, sapphirerapids, znver4
int f(const _Bool *a, long n, long i) {
    int s = 0;
    for (long k = 0; k < n; k++) s += a[i * n + k];
    return s;
}
//= haswell: loops inside: 32 in 256 bits, then 8, then 1
//= sapphirerapids: loops inside: 64 in 512 bits, then 8, then 1
//= znver4: loops inside: 64 in 512 bits, then 8, then 1
