// for T: int, float, double
// fastmath: none, all
// Sums of floats are taken in C's order unless fastmath lets them be regrouped.
T f(const T *x, const T *y, long n, long i) {
    T s = 0;
    for (long k = 0; k < n; k++) s += x[i * n + k] * y[k];
    return s;
}
//= int, fastmath none: loops inside: 64 in 512 bits, then 8, then 1
//= int, fastmath all: loops inside: 64 in 512 bits, then 8, then 1
//= float, fastmath none: loops inside: one by one
//= float, fastmath all: loops inside: 64 in 512 bits, then 8, then 1
//= double, fastmath none: loops inside: one by one
//= double, fastmath all: loops inside: 32 in 512 bits, then 4, then 1
