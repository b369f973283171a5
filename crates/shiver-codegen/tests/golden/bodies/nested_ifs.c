// for T: int, float, double
// cpu: haswell, sapphirerapids, znver4
// With four lanes, AVX2's masked stores cost LLVM's model more than branches.
void f(T *y, const T *a, const T *b, long i) {
    if (a[i] > 0) {
        if (b[i] > 0) y[i] = a[i] + b[i];
        else y[i] = a[i] - b[i];
    } else if (b[i] < 5) y[i] = 7;
}
//= int, haswell: 8 in 256 bits, then 1; masked
//= int, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= int, znver4: 32 in 512 bits, then 8, then 1; masked
//= float, haswell: 8 in 256 bits, then 1; masked
//= float, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= float, znver4: 32 in 512 bits, then 8, then 1; masked
//= double, haswell: one by one
//= double, sapphirerapids: 16 in 512 bits, then 8, then 1; masked
//= double, znver4: 16 in 512 bits, then 8, then 1; masked
