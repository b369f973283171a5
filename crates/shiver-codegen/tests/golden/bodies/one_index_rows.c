// for I: int, long
void f(double *y, const double *x, I m, I i) { y[i * m] = x[i * m] + x[i * m + 1]; }
//= int: 32 in 512 bits, then 4, then 1; checked that steps are 1
//= long: 32 in 512 bits, then 4, then 1; checked that steps are 1
