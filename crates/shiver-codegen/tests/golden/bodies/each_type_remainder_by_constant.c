// for T: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long
// cpu: haswell, sapphirerapids, znver4
// As in each_type_divide_by_constant: no product of 64-bit vectors gives the upper half.
void f(T *y, const T *a, long i) { y[i] = a[i] % 10; }
//= signed char, haswell: 32 in 256 bits, then 8, then 1
//= signed char, sapphirerapids: 64 in 512 bits, then 16, then 1
//= signed char, znver4: 64 in 512 bits, then 16, then 1
//= unsigned char, haswell: 32 in 256 bits, then 8, then 1
//= unsigned char, sapphirerapids: 64 in 512 bits, then 16, then 1
//= unsigned char, znver4: 64 in 512 bits, then 16, then 1
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
