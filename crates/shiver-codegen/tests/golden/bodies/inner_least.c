// for T: int, long, float, double
// fastmath: none, all
T f(const T *x, long n, long i) {
    T s = x[i * n];
    for (long k = 1; k < n; k++) s = x[i * n + k] < s ? x[i * n + k] : s;
    return s;
}
//= int, fastmath none: 64 in 512 bits, then 8, then 1; loops inside: 64 in 512 bits, then 8, then 1; checked that steps are 1
//= int, fastmath all: 64 in 512 bits, then 8, then 1; loops inside: 64 in 512 bits, then 8, then 1; checked that steps are 1
//= long, fastmath none: 32 in 512 bits, then 4, then 1; loops inside: 32 in 512 bits, then 4, then 1; checked that steps are 1
//= long, fastmath all: 32 in 512 bits, then 4, then 1; loops inside: 32 in 512 bits, then 4, then 1; checked that steps are 1
//= float, fastmath none: 64 in 512 bits, then 8, then 1; loops inside: one by one; checked that steps are 1
//= float, fastmath all: 64 in 512 bits, then 8, then 1; loops inside: 64 in 512 bits, then 8, then 1; checked that steps are 1
//= double, fastmath none: 32 in 512 bits, then 4, then 1; loops inside: one by one; checked that steps are 1
//= double, fastmath all: 32 in 512 bits, then 4, then 1; loops inside: 32 in 512 bits, then 4, then 1; checked that steps are 1
