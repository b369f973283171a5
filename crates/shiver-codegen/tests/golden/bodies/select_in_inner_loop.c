// cpu: haswell, sapphirerapids, znver4
int f(const int *m, const int *a, const int *b, long n, long i) {
    int s = 0;
    for (long k = 0; k < n; k++) s += m[k] > i ? a[k] : b[k];
    return s;
}
//= haswell: loops inside: 32 in 512 bits, then 8, then 1; masked
//= sapphirerapids: loops inside: 64 in 1024 bits, then 8, then 1; masked
//= znver4: loops inside: 64 in 1024 bits, then 8, then 1; masked
