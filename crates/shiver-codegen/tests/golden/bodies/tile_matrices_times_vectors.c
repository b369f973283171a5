// indices: 2
double f(long m, const double *a, const double *x, long b, long i) {
    double sum = 0;
    for (long k = 0; k < m; k++) sum += a[(b * m + i) * m + k] * x[b * m + k];
    return sum;
}
//= checks at run time: none
//= loop
//=   loop
//=     call tile.run.1x8
//=   loop
//=     call llvm.umin.i64
//=     call tile.run.masked.1x8
//= loop
//=   loop
//=     call tile.run.1x8
//=   loop
//=     call llvm.umin.i64
//=     call tile.run.masked.1x8
//= tile.run.1x8:
//= loop
//=   load x: double, in order
//=   fadd <8 x double>
//=   fmul <8 x double>
//=   call llvm.masked.gather.v8f64.v8p0
//= tile.run.masked.1x8:
//= loop
//=   load x: double, in order
//=   fadd <8 x double>
//=   fmul <8 x double>
//=   call llvm.masked.gather.v8f64.v8p0
