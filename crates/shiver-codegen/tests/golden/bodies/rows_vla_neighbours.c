// indices: 2
// steps: unit, general
// for I: int, unsigned, long, unsigned long
void f(I n, I m, double y[n][m], double x[n][m], I i, I j) { y[i][j] = x[i][j - 1] + x[i][j + 1] + x[i - 1][j] + x[i + 1][j]; }
//= steps unit, int: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned: 32 in 512 bits, then 4, then 1
//= steps unit, long: 32 in 512 bits, then 4, then 1
//= steps unit, unsigned long: 32 in 512 bits, then 4, then 1
//= steps general, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned: 32 in 512 bits or 8 in 512 bits, then 4, then 1; checked that indices do not wrap; gathers x; scatters y
//= steps general, long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, unsigned long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
