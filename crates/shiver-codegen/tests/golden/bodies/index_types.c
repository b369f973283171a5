// steps: unit, general
// for I: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long
// Of an unsigned index LLVM does not see that it does not wrap where its step may be negative.
void f(double *x, I i) { x[i] += 1; }
//= steps unit, signed char: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned char: 32 in 512 bits, then 4, then 1
//= steps unit, short: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned short: 32 in 512 bits, then 4, then 1
//= steps unit, int: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned: 32 in 512 bits, then 4, then 1
//= steps unit, long: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned long: 32 in 512 bits, then 4, then 1
//= steps general, signed char: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters x
//= steps general, unsigned char: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters x
//= steps general, short: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters x
//= steps general, unsigned short: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters x
//= steps general, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters x
//= steps general, unsigned: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters x
//= steps general, long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters x
//= steps general, unsigned long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters x
