// indices: 2
// steps: unit, general
// for I: int, long
double f(const double *x, I m, I i, I j) { return x[i * m + j] * 2; }
//= steps unit, int: 32 in 512 bits, then 4, then 1
//= steps unit, long: 32 in 512 bits, then 4, then 1
//= steps general, int: 32 in 512 bits, then 4 or 8, then 1; gathers x
//= steps general, long: 32 in 512 bits, then 4 or 8, then 1; gathers x
