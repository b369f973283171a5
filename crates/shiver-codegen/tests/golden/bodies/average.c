// for T: unsigned char, unsigned short, unsigned
// cpu: haswell, sapphirerapids, znver4
void f(T *y, const T *a, const T *b, long i) { y[i] = (a[i] + b[i] + 1) / 2; }
//= unsigned char, haswell: 32 in 512 bits, then 8, then 1
//= unsigned char, sapphirerapids: 128 in 512 bits, then 16, then 1
//= unsigned char, znver4: 128 in 512 bits, then 16, then 1
//= unsigned short, haswell: 16 in 512 bits, then 4, then 1
//= unsigned short, sapphirerapids: 32 in 1024 bits, then 8, then 1
//= unsigned short, znver4: 32 in 1024 bits, then 8, then 1
//= unsigned, haswell: 32 in 256 bits, then 4, then 1
//= unsigned, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned, znver4: 64 in 512 bits, then 8, then 1
