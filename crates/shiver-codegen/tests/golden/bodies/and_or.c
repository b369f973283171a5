// for T: int, float, double
// cpu: haswell, sapphirerapids, znver4
void f(int *y, const T *a, const T *b, const T *c, long i) { y[i] = a[i] > 0 && b[i] > 0 || c[i] < 3; }
//= int, haswell: 32 in 256 bits, then 8, then 1; masked
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= int, znver4: 64 in 512 bits, then 8, then 1; masked
//= float, haswell: 32 in 256 bits, then 8, then 1; masked
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= float, znver4: 64 in 512 bits, then 8, then 1; masked
//= double, haswell: 16 in 256 bits, then 4, then 1; masked
//= double, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= double, znver4: 32 in 512 bits, then 8, then 1; masked
