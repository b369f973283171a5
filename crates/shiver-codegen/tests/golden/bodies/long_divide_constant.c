// cpu: haswell, sapphirerapids, znver4
// As in each_type_divide_by_constant: no product of 64-bit vectors gives the upper half.
long f(const long *x, long i) { return x[i] / 1000; }
//= haswell: one by one
//= sapphirerapids: one by one
//= znver4: one by one
