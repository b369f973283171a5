// The inner loop keeps C's rules: it must ask whether the rows overlap.
void f(double *y, const double *x, long n, long i) {
    for (long k = 0; k < n; k++) y[i * n + k] = x[i * n + k];
}
//= checks at run time: that arrays do not overlap
//= loop
//=   vector loop
//=     load x: <8 x double>, independent
//=     store y: <8 x double>, independent
//=   vector loop for the rest
//=     load x: <4 x double>, independent
//=     store y: <4 x double>, independent
//=   loop
//=     load x: double, independent
//=     store y: double, independent
//=   loop
//=     load x: double, independent
//=     store y: double, independent
