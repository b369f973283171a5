// indices: 2
// steps: unit, general
// for I: int, unsigned, long, unsigned long
// for M: int, unsigned, long, unsigned long
// Where one of i and m is unsigned, their product may wrap.
void f(double *y, const double *x, M m, I i, I j) { y[i * m + j] = x[i * m + j] * 2; }
//= steps unit, int, int: 32 in 512 bits, then 4, then 1
//= steps unit, int, unsigned: 32 in 512 bits, then 4, then 1; checked that indices do not wrap
//= steps unit, int, long: 32 in 512 bits, then 4, then 1
//= steps unit, int, unsigned long: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned, int: 32 in 512 bits, then 4, then 1; checked that indices do not wrap
//= steps unit, unsigned, unsigned: 32 in 512 bits, then 4, then 1; checked that indices do not wrap
//= steps unit, unsigned, long: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned, unsigned long: 32 in 512 bits, then 4, then 1
//= steps unit, long, int: 32 in 512 bits, then 4, then 1
//= steps unit, long, unsigned: 32 in 512 bits, then 4, then 1
//= steps unit, long, long: 32 in 512 bits, then 4, then 1
//= steps unit, long, unsigned long: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned long, int: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned long, unsigned: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned long, long: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned long, unsigned long: 32 in 512 bits, then 4, then 1
//= steps general, int, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, int, unsigned: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters y
//= steps general, int, long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, int, unsigned long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters y
//= steps general, unsigned, unsigned: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters y
//= steps general, unsigned, long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters y
//= steps general, unsigned, unsigned long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters y
//= steps general, long, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, long, unsigned: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, long, long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, long, unsigned long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned long, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned long, unsigned: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned long, long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned long, unsigned long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
