// for T: unsigned char, int, float, double
// cpu: haswell, sapphirerapids, znver4
void f(T *restrict x, const T *restrict y, long n, long i) {
    for (long k = 0; k < n; k++) x[i * n + k] += y[k];
}
//= unsigned char, haswell: loops inside: 128 in 256 bits, then 8, then 1
//= unsigned char, sapphirerapids: loops inside: 256 in 512 bits, then 16, then 1
//= unsigned char, znver4: loops inside: 256 in 512 bits, then 16, then 1
//= int, haswell: loops inside: 32 in 256 bits, then 4, then 1
//= int, sapphirerapids: loops inside: 64 in 512 bits, then 8, then 1
//= int, znver4: loops inside: 64 in 512 bits, then 8, then 1
//= float, haswell: loops inside: 32 in 256 bits, then 4, then 1
//= float, sapphirerapids: loops inside: 64 in 512 bits, then 8, then 1
//= float, znver4: loops inside: 64 in 512 bits, then 8, then 1
//= double, haswell: loops inside: 16 in 256 bits, then 4, then 1
//= double, sapphirerapids: loops inside: 32 in 512 bits, then 4, then 1
//= double, znver4: loops inside: 32 in 512 bits, then 4, then 1
