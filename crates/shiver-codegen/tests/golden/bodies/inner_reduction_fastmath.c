// indices: 2
// fastmath: all
void mm(long n, const double *a, const double *b, double *c, long i, long j) {
    double s = 0;
    for (long k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
    c[i * n + j] = s;
}
//= checks at run time: none
//= loop
//=   loop
//=     store c: double, independent
//=     fadd nnan ninf nsz arcp contract afn <8 x double>
//=     call llvm.vector.reduce.fadd.v8f64
//=     vector loop
//=       load a: <8 x double>, independent
//=       fadd nnan ninf nsz arcp contract afn <8 x double>
//=       fmul nnan ninf nsz arcp contract afn <8 x double>
//=       call llvm.masked.gather.v8f64.v8p0, independent
//=     vector loop for the rest
//=       load a: <8 x double>, independent
//=       fadd nnan ninf nsz arcp contract afn <8 x double>
//=       fmul nnan ninf nsz arcp contract afn <8 x double>
//=       call llvm.masked.gather.v8f64.v8p0, independent
//=     loop
//=       load a: double, independent
//=       load b: double, independent
//=       fadd nnan ninf nsz arcp contract afn double
//=       fmul nnan ninf nsz arcp contract afn double
//= loop
//=   call llvm.memset.p0.i64
