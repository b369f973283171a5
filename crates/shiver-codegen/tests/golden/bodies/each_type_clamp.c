// for T: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long, _Float16, float, double
// cpu: haswell, sapphirerapids, znver4
void f(T *y, const T *a, T low, T high, long i) {
    T v = a[i];
    if (v < low) v = low;
    if (v > high) v = high;
    y[i] = v;
}
//= signed char, haswell: 128 in 256 bits, then 8, then 1
//= signed char, sapphirerapids: 256 in 512 bits, then 16, then 1
//= signed char, znver4: 256 in 512 bits, then 16, then 1
//= unsigned char, haswell: 128 in 256 bits, then 8, then 1
//= unsigned char, sapphirerapids: 256 in 512 bits, then 16, then 1
//= unsigned char, znver4: 256 in 512 bits, then 16, then 1
//= short, haswell: 64 in 256 bits, then 8, then 1
//= short, sapphirerapids: 128 in 512 bits, then 8, then 1
//= short, znver4: 128 in 512 bits, then 8, then 1
//= unsigned short, haswell: 64 in 256 bits, then 8, then 1
//= unsigned short, sapphirerapids: 128 in 512 bits, then 8, then 1
//= unsigned short, znver4: 128 in 512 bits, then 8, then 1
//= int, haswell: 32 in 256 bits, then 4, then 1
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1
//= int, znver4: 64 in 512 bits, then 8, then 1
//= unsigned, haswell: 32 in 256 bits, then 4, then 1
//= unsigned, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned, znver4: 64 in 512 bits, then 8, then 1
//= long, haswell: 16 in 256 bits, then 4, then 1
//= long, sapphirerapids: 32 in 512 bits, then 4, then 1
//= long, znver4: 32 in 512 bits, then 4, then 1
//= unsigned long, haswell: 16 in 256 bits, then 4, then 1
//= unsigned long, sapphirerapids: 32 in 512 bits, then 4, then 1
//= unsigned long, znver4: 32 in 512 bits, then 4, then 1
//= _Float16, haswell: 64 in 256 bits, then 8, then 1
//= _Float16, sapphirerapids: 128 in 512 bits, then 8, then 1
//= _Float16, znver4: 128 in 512 bits, then 8, then 1
//= float, haswell: 32 in 256 bits, then 4, then 1
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= float, znver4: 64 in 512 bits, then 8, then 1
//= double, haswell: 16 in 256 bits, then 4, then 1
//= double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= double, znver4: 32 in 512 bits, then 4, then 1
