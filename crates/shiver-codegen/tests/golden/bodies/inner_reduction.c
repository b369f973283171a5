// indices: 2
void mm(long n, const double *a, const double *b, double *c, long i, long j) {
    double s = 0;
    for (long k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
    c[i * n + j] = s;
}
//= checks at run time: none
//= loop
//=   loop
//=     store c: double, independent
//=     loop
//=       load a: double, independent
//=       load b: double, independent
//=       fadd double
//=       fmul double
//=     loop
//=       load a: double, independent
//=       load b: double, independent
//=       fadd double
//=       fmul double
//= loop
//=   call llvm.memset.p0.i64
