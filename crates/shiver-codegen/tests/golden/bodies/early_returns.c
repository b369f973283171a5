// for T: int, float, double
// cpu: haswell, sapphirerapids, znver4
// With four lanes, AVX2's masked stores cost LLVM's model more than branches.
void f(T *y, const T *a, const T *b, long i) {
    if (a[i] < 0) return;
    y[i] = a[i];
    if (b[i] < 0) return;
    y[i] = a[i] + b[i];
}
//= int, haswell: 8 in 256 bits, then 1; masked
//= int, sapphirerapids: 16 in 512 bits, then 4, then 1; masked
//= int, znver4: 16 in 512 bits, then 4, then 1; masked
//= float, haswell: 8 in 256 bits, then 1; masked
//= float, sapphirerapids: 16 in 512 bits, then 4, then 1; masked
//= float, znver4: 16 in 512 bits, then 4, then 1; masked
//= double, haswell: one by one
//= double, sapphirerapids: 8 in 512 bits, then 1; masked
//= double, znver4: 8 in 512 bits, then 1; masked
