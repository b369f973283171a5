// indices: 2
// steps: unit, general
// for I: int, long
void f(double (*y)[100], double (*x)[100], I i, I j) { y[i][j] = x[i][j] * 2; }
//= steps unit, int: 32 in 512 bits, then 4, then 1
//= steps unit, long: 32 in 512 bits, then 4, then 1
//= steps general, int: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
//= steps general, long: 32 in 512 bits or 8 in 512 bits, then 4, then 1; gathers x; scatters y
