// for T: unsigned char, short, int, float, double
// cpu: haswell, sapphirerapids, znver4
// Which of two arrays is read is chosen by a third. AVX2 has no masked loads of bytes and shorts.
void f(T *y, const int *m, const T *a, const T *b, long i) { y[i] = m[i] > 0 ? a[i] : b[i + 1]; }
//= unsigned char, haswell: one by one
//= unsigned char, sapphirerapids: 64 in 512 bits, then 16, then 1; masked
//= unsigned char, znver4: 64 in 512 bits, then 16, then 1; masked
//= short, haswell: one by one
//= short, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= short, znver4: 64 in 512 bits, then 8, then 1; masked
//= int, haswell: 32 in 256 bits, then 8, then 1; masked
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= int, znver4: 64 in 512 bits, then 8, then 1; masked
//= float, haswell: 32 in 256 bits, then 8, then 1; masked
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= float, znver4: 64 in 512 bits, then 8, then 1; masked
//= double, haswell: 16 in 256 bits, then 4, then 1; masked
//= double, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= double, znver4: 32 in 512 bits, then 8, then 1; masked
