// cpu: haswell, sapphirerapids, znver4
// LLVM's vectoriser knows no function that gives two values.
int f(const int *a, const int *b, long i) {
    int sum;
    return __builtin_add_overflow(a[i], b[i], &sum) ? -1 : sum;
}
//= haswell: one by one
//= sapphirerapids: one by one
//= znver4: one by one
