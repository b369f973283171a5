double dot(const double *x, long n, long i) {
    double s = 0;
    for (long k = 0; k < n; k++) s += x[i * n + k];
    return s;
}
//= checks at run time: none
//= loop
//=   store the result: double, independent
//=   loop
//=     load x: double, independent
//=     fadd double
//=   loop
//=     load x: double, independent
//=     fadd double
