// for I: short, int, unsigned, long, unsigned long
// for T: signed char, short, int, long
void f(T *y, I i) { y[i] = i; }
//= short, signed char: 256 in 512 bits, then 16, then 1
//= short, short: 128 in 512 bits, then 8, then 1
//= short, int: 64 in 512 bits, then 8, then 1
//= short, long: 32 in 512 bits, then 4, then 1
//= int, signed char: 256 in 512 bits, then 16, then 1
//= int, short: 128 in 512 bits, then 8, then 1
//= int, int: 64 in 512 bits, then 8, then 1
//= int, long: 32 in 512 bits, then 4, then 1
//= unsigned, signed char: 256 in 512 bits, then 16, then 1
//= unsigned, short: 128 in 512 bits, then 8, then 1
//= unsigned, int: 64 in 512 bits, then 8, then 1
//= unsigned, long: 32 in 512 bits, then 4, then 1
//= long, signed char: 256 in 512 bits, then 16, then 1
//= long, short: 128 in 512 bits, then 8, then 1
//= long, int: 64 in 512 bits, then 8, then 1
//= long, long: 32 in 512 bits, then 4, then 1
//= unsigned long, signed char: 256 in 512 bits, then 16, then 1
//= unsigned long, short: 128 in 512 bits, then 8, then 1
//= unsigned long, int: 64 in 512 bits, then 8, then 1
//= unsigned long, long: 32 in 512 bits, then 4, then 1
