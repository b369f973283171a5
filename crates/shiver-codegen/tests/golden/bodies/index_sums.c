// steps: unit, general
// for I: short, int, unsigned, long, unsigned long
// Sums of unsigned wrap in C, so that neighbours of i may lie at both ends of an array.
void f(double *y, const double *x, I n, I i) { y[i + 1] = x[i - 1] + x[i + n]; }
//= steps unit, short: 16 in 512 bits, then 4, then 1
//= steps unit, int: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned: 32 in 512 bits, then 4, then 1; checked that indices do not wrap
//= steps unit, long: 16 in 512 bits, then 4, then 1
//= steps unit, unsigned long: 16 in 512 bits, then 4, then 1
//= steps general, short: 16 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters y
//= steps general, long: 16 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned long: 16 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
