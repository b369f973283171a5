// for T: int, float, double
// cpu: haswell, sapphirerapids, znver4
T f(const T *a, const T *b, long i) {
    if (a[i] < 0) return -1;
    if (b[i] < 0) return b[i];
    return a[i] * b[i];
}
//= int, haswell: 16 in 256 bits, then 4, then 1; masked
//= int, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= int, znver4: 32 in 512 bits, then 8, then 1; masked
//= float, haswell: 16 in 256 bits, then 4, then 1; masked
//= float, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= float, znver4: 32 in 512 bits, then 8, then 1; masked
//= double, haswell: 8 in 256 bits, then 1; masked
//= double, sapphirerapids: 16 in 512 bits, then 4, then 1; masked
//= double, znver4: 16 in 512 bits, then 4, then 1; masked
