// for T: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long
// cpu: haswell, sapphirerapids, znver4
void f(T *y, const T *a, const T *b, long i) { y[i] = a[i] % b[i]; }
//= signed char, haswell: 8 in 256 bits, then 1
//= signed char, sapphirerapids: 16 in 512 bits, then 4, then 1
//= signed char, znver4: 16 in 512 bits, then 4, then 1
//= unsigned char, haswell: 8 in 256 bits, then 1
//= unsigned char, sapphirerapids: 16 in 512 bits, then 4, then 1
//= unsigned char, znver4: 16 in 512 bits, then 4, then 1
//= short, haswell: 8 in 256 bits, then 1
//= short, sapphirerapids: 16 in 512 bits, then 4, then 1
//= short, znver4: 16 in 512 bits, then 4, then 1
//= unsigned short, haswell: 8 in 256 bits, then 1
//= unsigned short, sapphirerapids: 16 in 512 bits, then 4, then 1
//= unsigned short, znver4: 16 in 512 bits, then 4, then 1
//= int, haswell: 8 in 512 bits, then 1
//= int, sapphirerapids: 64 in 1024 bits, then 8, then 1
//= int, znver4: 64 in 1024 bits, then 8, then 1
//= unsigned, haswell: 8 in 512 bits, then 1
//= unsigned, sapphirerapids: 64 in 1024 bits, then 8, then 1
//= unsigned, znver4: 64 in 1024 bits, then 8, then 1
//= long, haswell: 4 in 256 bits, then 1
//= long, sapphirerapids: 8 in 512 bits, then 1
//= long, znver4: 8 in 512 bits, then 1
//= unsigned long, haswell: 4 in 256 bits, then 1
//= unsigned long, sapphirerapids: 8 in 512 bits, then 1
//= unsigned long, znver4: 8 in 512 bits, then 1
