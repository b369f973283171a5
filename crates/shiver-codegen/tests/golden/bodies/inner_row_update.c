// for T: unsigned char, int, float, double
// cpu: haswell, sapphirerapids, znver4
void f(T *x, const T *y, long n, long i) {
    for (long k = 0; k < n; k++) x[i * n + k] += y[k];
}
//= unsigned char, haswell: loops inside: 128 in 256 bits, then 8, then 1; checked that arrays do not overlap
//= unsigned char, sapphirerapids: loops inside: 256 in 512 bits, then 16, then 1; checked that arrays do not overlap
//= unsigned char, znver4: loops inside: 256 in 512 bits, then 16, then 1; checked that arrays do not overlap
//= int, haswell: loops inside: 32 in 256 bits, then 4, then 1; checked that arrays do not overlap
//= int, sapphirerapids: loops inside: 64 in 512 bits, then 8, then 1; checked that arrays do not overlap
//= int, znver4: loops inside: 64 in 512 bits, then 8, then 1; checked that arrays do not overlap
//= float, haswell: loops inside: 32 in 256 bits, then 4, then 1; checked that arrays do not overlap
//= float, sapphirerapids: loops inside: 64 in 512 bits, then 8, then 1; checked that arrays do not overlap
//= float, znver4: loops inside: 64 in 512 bits, then 8, then 1; checked that arrays do not overlap
//= double, haswell: loops inside: 16 in 256 bits, then 4, then 1; checked that arrays do not overlap
//= double, sapphirerapids: loops inside: 32 in 512 bits, then 4, then 1; checked that arrays do not overlap
//= double, znver4: loops inside: 32 in 512 bits, then 4, then 1; checked that arrays do not overlap
