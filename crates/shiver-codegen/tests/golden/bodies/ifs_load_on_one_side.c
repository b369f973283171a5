// for T: unsigned char, short, int, float, double
// cpu: haswell, sapphirerapids, znver4
// AVX2 has no masked loads of bytes and shorts, and what is not asked for may not be there.
void f(T *y, const T *a, const T *b, long i) {
    T v = 0;
    if (a[i] > 0) v = b[i];
    y[i] = v;
}
//= unsigned char, haswell: one by one
//= unsigned char, sapphirerapids: 256 in 512 bits, then 16, then 1; masked
//= unsigned char, znver4: 256 in 512 bits, then 16, then 1; masked
//= short, haswell: one by one
//= short, sapphirerapids: 128 in 512 bits, then 16, then 1; masked
//= short, znver4: 128 in 512 bits, then 16, then 1; masked
//= int, haswell: 32 in 256 bits, then 8, then 1; masked
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= int, znver4: 64 in 512 bits, then 8, then 1; masked
//= float, haswell: 32 in 256 bits, then 8, then 1; masked
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= float, znver4: 64 in 512 bits, then 8, then 1; masked
//= double, haswell: 16 in 256 bits, then 4, then 1; masked
//= double, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= double, znver4: 32 in 512 bits, then 8, then 1; masked
