// indices: 2
double f(long m, const double *a, const double *x, long b, long i) {
    double sum = 0;
    for (long k = 0; k < m; k++) sum += a[(b * m + i) * m + k] * x[b * m + k];
    return sum;
}
//= checks at run time: none
//= loop
//=   loop
//=     store the result: double, independent
//=     loop
//=       load a: double, independent
//=       load x: double, independent
//=       fadd double
//=       fmul double
//=     loop
//=       load a: double, independent
//=       load x: double, independent
//=       fadd double
//=       fmul double
//= loop
//=   call llvm.memset.p0.i64
