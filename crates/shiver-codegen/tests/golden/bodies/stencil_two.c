// indices: 2
// for T: float, double
// for I: int, long
// cpu: haswell, sapphirerapids, znver4
void f(T *y, const T *x, I m, I i, I j) {
    const T *p = x + i * m + j;
    y[i * m + j] = (p[-1] + p[1] + p[-m] + p[m]) * (T)0.25;
}
//= float, int, haswell: 16 in 256 bits, then 4, then 1
//= float, int, sapphirerapids: 32 in 512 bits, then 4, then 1
//= float, int, znver4: 32 in 512 bits, then 4, then 1
//= float, long, haswell: 16 in 256 bits, then 4, then 1
//= float, long, sapphirerapids: 32 in 512 bits, then 4, then 1
//= float, long, znver4: 32 in 512 bits, then 4, then 1
//= double, int, haswell: 8 in 256 bits, then 1
//= double, int, sapphirerapids: 16 in 512 bits, then 4, then 1
//= double, int, znver4: 16 in 512 bits, then 4, then 1
//= double, long, haswell: 8 in 256 bits, then 1
//= double, long, sapphirerapids: 16 in 512 bits, then 4, then 1
//= double, long, znver4: 16 in 512 bits, then 4, then 1
