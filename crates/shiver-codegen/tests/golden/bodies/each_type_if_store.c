// for T: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long, _Float16, float, double
// cpu: haswell, sapphirerapids, znver4
void f(T *y, const T *a, long i) {
    if (a[i] > 3) y[i] = a[i];
}
//= signed char, haswell: 32 in 256 bits, then 8, then 1
//= signed char, sapphirerapids: 256 in 512 bits, then 16, then 1; masked
//= signed char, znver4: 256 in 512 bits, then 16, then 1; masked
//= unsigned char, haswell: 32 in 256 bits, then 8, then 1
//= unsigned char, sapphirerapids: 256 in 512 bits, then 16, then 1; masked
//= unsigned char, znver4: 256 in 512 bits, then 16, then 1; masked
//= short, haswell: 16 in 256 bits, then 4, then 1
//= short, sapphirerapids: 128 in 512 bits, then 16, then 1; masked
//= short, znver4: 128 in 512 bits, then 16, then 1; masked
//= unsigned short, haswell: 16 in 256 bits, then 4, then 1
//= unsigned short, sapphirerapids: 128 in 512 bits, then 16, then 1; masked
//= unsigned short, znver4: 128 in 512 bits, then 16, then 1; masked
//= int, haswell: 32 in 256 bits, then 8, then 1; masked
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= int, znver4: 64 in 512 bits, then 8, then 1; masked
//= unsigned, haswell: 32 in 256 bits, then 8, then 1; masked
//= unsigned, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= unsigned, znver4: 64 in 512 bits, then 8, then 1; masked
//= long, haswell: 16 in 256 bits, then 4, then 1; masked
//= long, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= long, znver4: 32 in 512 bits, then 8, then 1; masked
//= unsigned long, haswell: 16 in 256 bits, then 4, then 1; masked
//= unsigned long, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= unsigned long, znver4: 32 in 512 bits, then 8, then 1; masked
//= _Float16, haswell: 16 in 256 bits, then 4, then 1
//= _Float16, sapphirerapids: 128 in 512 bits, then 16, then 1; masked
//= _Float16, znver4: 128 in 512 bits, then 16, then 1; masked
//= float, haswell: 32 in 256 bits, then 8, then 1; masked
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1; masked
//= float, znver4: 64 in 512 bits, then 8, then 1; masked
//= double, haswell: 16 in 256 bits, then 4, then 1; masked
//= double, sapphirerapids: 32 in 512 bits, then 8, then 1; masked
//= double, znver4: 32 in 512 bits, then 8, then 1; masked
