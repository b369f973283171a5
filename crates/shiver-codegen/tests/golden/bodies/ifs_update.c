// for T: signed char, short, int, long, float, double
// cpu: haswell, sapphirerapids, znver4
void f(T *x, long i) {
    if (x[i] < 0) x[i] = -x[i];
    else if (x[i] > 100) x[i] -= 100;
}
//= signed char, haswell: 32 in 256 bits, then 8, then 1
//= signed char, sapphirerapids: 256 in 512 bits, then 16, then 1; masked
//= signed char, znver4: 256 in 512 bits, then 16, then 1; masked
//= short, haswell: 16 in 256 bits, then 8, then 1
//= short, sapphirerapids: 128 in 512 bits, then 16, then 1; masked
//= short, znver4: 128 in 512 bits, then 16, then 1; masked
//= int, haswell: 32 in 256 bits, then 8, then 1; masked
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= int, znver4: 64 in 512 bits, then 8, then 1; masked
//= long, haswell: 16 in 256 bits, then 4, then 1; masked
//= long, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= long, znver4: 32 in 512 bits, then 8, then 1; masked
//= float, haswell: 32 in 256 bits, then 8, then 1; masked
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= float, znver4: 64 in 512 bits, then 8, then 1; masked
//= double, haswell: 16 in 256 bits, then 4, then 1; masked
//= double, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= double, znver4: 32 in 512 bits, then 8, then 1; masked
