// for T: short, int, float, double
// for I: int, long
// cpu: haswell, sapphirerapids, znver4
void f(T *y, const T *x, I i) { y[i] = (x[i - 1] + x[i] + x[i + 1]) / 3; }
//= short, int, haswell: 16 in 512 bits, then 4, then 1
//= short, int, sapphirerapids: 32 in 1024 bits, then 8, then 1
//= short, int, znver4: 32 in 1024 bits, then 8, then 1
//= short, long, haswell: 16 in 512 bits, then 4, then 1
//= short, long, sapphirerapids: 32 in 1024 bits, then 8, then 1
//= short, long, znver4: 32 in 1024 bits, then 8, then 1
//= int, int, haswell: 16 in 256 bits, then 4, then 1
//= int, int, sapphirerapids: 32 in 512 bits, then 8, then 1
//= int, int, znver4: 32 in 512 bits, then 8, then 1
//= int, long, haswell: 16 in 256 bits, then 4, then 1
//= int, long, sapphirerapids: 32 in 512 bits, then 8, then 1
//= int, long, znver4: 32 in 512 bits, then 8, then 1
//= float, int, haswell: 8 in 256 bits, then 1
//= float, int, sapphirerapids: 32 in 512 bits, then 4, then 1
//= float, int, znver4: 32 in 512 bits, then 4, then 1
//= float, long, haswell: 8 in 256 bits, then 1
//= float, long, sapphirerapids: 32 in 512 bits, then 4, then 1
//= float, long, znver4: 32 in 512 bits, then 4, then 1
//= double, int, haswell: 4 in 256 bits, then 1
//= double, int, sapphirerapids: 8 in 512 bits, then 1
//= double, int, znver4: 8 in 512 bits, then 1
//= double, long, haswell: 4 in 256 bits, then 1
//= double, long, sapphirerapids: 8 in 512 bits, then 1
//= double, long, znver4: 8 in 512 bits, then 1
