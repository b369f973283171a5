// indices: 2
// fastmath: all
double f(long m, const double *x, const double *w, long i, long j) {
    double sum = 0;
    for (int p = 0; p < 3; p++)
        for (int q = 0; q < 3; q++) sum += w[p * 3 + q] * x[(i + p) * m + j + q];
    return sum;
}
//= checks at run time: none
//= loop
//=   loop
//=     call tile.run.4x8
//=   loop
//=     call llvm.umin.i64
//=     call tile.run.masked.4x8
//= loop
//=   loop
//=     call tile.run.1x8
//=   loop
//=     call llvm.umin.i64
//=     call tile.run.masked.1x8
//= tile.run.4x8:
//= no loop
//=   load w: double, in order
//=   load x: <8 x double>, in order
//=   store what a tile is given: <8 x double>, in order
//=   fmul <8 x double>
//=   call llvm.fmuladd.v8f64
//= tile.run.1x8:
//= no loop
//=   load w: double, in order
//=   load x: <8 x double>, in order
//=   store what a tile is given: <8 x double>, in order
//=   fmul <8 x double>
//=   call llvm.fmuladd.v8f64
//= tile.run.masked.4x8:
//= no loop
//=   load w: double, in order
//=   fmul <8 x double>
//=   call llvm.fmuladd.v8f64
//=   call llvm.masked.load.v8f64.p0
//=   call llvm.masked.store.v8f64.p0
//= tile.run.masked.1x8:
//= no loop
//=   load w: double, in order
//=   fmul <8 x double>
//=   call llvm.fmuladd.v8f64
//=   call llvm.masked.load.v8f64.p0
//=   call llvm.masked.store.v8f64.p0
