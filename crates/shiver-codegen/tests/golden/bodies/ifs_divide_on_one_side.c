// for T: int, long, float, double
// cpu: haswell, sapphirerapids, znver4
void f(T *y, const T *a, const T *b, long i) { y[i] = b[i] != 0 ? a[i] / b[i] : 0; }
//= int, haswell: 8 in 512 bits, then 1; masked
//= int, sapphirerapids: 64 in 1024 bits, then 8, then 1; masked
//= int, znver4: 64 in 1024 bits, then 8, then 1; masked
//= long, haswell: 4 in 256 bits, then 1; masked
//= long, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= long, znver4: 32 in 512 bits, then 8, then 1; masked
//= float, haswell: 8 in 256 bits, then 1; masked
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= float, znver4: 64 in 512 bits, then 8, then 1; masked
//= double, haswell: 4 in 256 bits, then 1; masked
//= double, sapphirerapids: 8 in 512 bits, then 1; masked
//= double, znver4: 8 in 512 bits, then 1; masked
