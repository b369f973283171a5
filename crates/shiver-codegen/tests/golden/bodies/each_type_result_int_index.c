// for T: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long, _Float16, float, double
T f(const T *x, int i) { return x[i] + 1; }
//= signed char: 256 in 512 bits, then 16, then 1
//= unsigned char: 256 in 512 bits, then 16, then 1
//= short: 128 in 512 bits, then 8, then 1
//= unsigned short: 128 in 512 bits, then 8, then 1
//= int: 64 in 512 bits, then 8, then 1
//= unsigned: 64 in 512 bits, then 8, then 1
//= long: 32 in 512 bits, then 4, then 1
//= unsigned long: 32 in 512 bits, then 4, then 1
//= _Float16: 128 in 512 bits, then 8, then 1
//= float: 64 in 512 bits, then 8, then 1
//= double: 32 in 512 bits, then 4, then 1
