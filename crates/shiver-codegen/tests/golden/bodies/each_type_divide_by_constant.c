// for T: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long
// cpu: haswell, sapphirerapids, znver4
// LLVM divides by multiplying with a reciprocal of twice the width. No CPU has such products of vectors of
// 64 bits, so that these stay single.
void f(T *y, const T *a, long i) { y[i] = a[i] / 7; }
//= signed char, haswell: 128 in 256 bits, then 16, then 1
//= signed char, sapphirerapids: 256 in 512 bits, then 32, then 1
//= signed char, znver4: 256 in 512 bits, then 32, then 1
//= unsigned char, haswell: 128 in 256 bits, then 16, then 1
//= unsigned char, sapphirerapids: 256 in 512 bits, then 32, then 1
//= unsigned char, znver4: 256 in 512 bits, then 32, then 1
//= short, haswell: 64 in 256 bits, then 8, then 1
//= short, sapphirerapids: 128 in 512 bits, then 16, then 1
//= short, znver4: 128 in 512 bits, then 16, then 1
//= unsigned short, haswell: 64 in 256 bits, then 8, then 1
//= unsigned short, sapphirerapids: 128 in 512 bits, then 16, then 1
//= unsigned short, znver4: 128 in 512 bits, then 16, then 1
//= int, haswell: 32 in 256 bits, then 8, then 1
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1
//= int, znver4: 64 in 512 bits, then 8, then 1
//= unsigned, haswell: 32 in 256 bits, then 8, then 1
//= unsigned, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned, znver4: 64 in 512 bits, then 8, then 1
//= long, haswell: one by one
//= long, sapphirerapids: one by one
//= long, znver4: one by one
//= unsigned long, haswell: one by one
//= unsigned long, sapphirerapids: one by one
//= unsigned long, znver4: one by one
