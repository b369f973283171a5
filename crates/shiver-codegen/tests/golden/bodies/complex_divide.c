// for T: float, double
// fastmath: none, all
void f(T _Complex *y, const T _Complex *a, const T _Complex *b, long i) { y[i] = a[i] / b[i]; }
//= float, fastmath none: 16 in 1024 bits, then 4, then 1
//= float, fastmath all: 16 in 1024 bits, then 4, then 1
//= double, fastmath none: 8 in 1024 bits, then 1
//= double, fastmath all: 8 in 1024 bits, then 1
