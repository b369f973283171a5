// indices: 3
// steps: unit, general
// for I: int, long
void f(I n, I m, double y[][n][m], double x[][n][m], I i, I j, I k) { y[i][j][k] = x[i][j][k] + x[i + 1][j][k]; }
//= steps unit, int: 32 in 512 bits, then 4, then 1
//= steps unit, long: 32 in 512 bits, then 4, then 1
//= steps general, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
