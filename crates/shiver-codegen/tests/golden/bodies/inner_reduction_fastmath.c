// indices: 2
// fastmath: all
void mm(long n, const double *a, const double *b, double *c, long i, long j) {
    double s = 0;
    for (long k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
    c[i * n + j] = s;
}
//= checks at run time: none
//= loop
//=   call tile.pack.1x24
//=   loop
//=     call tile.run.packed.8x24
//=   loop
//=     call tile.run.1x24
//=   loop
//=     call tile.run.8x24
//=   loop
//=     call tile.run.1x24
//= loop
//=   call llvm.umin.i64
//=   loop
//=     call tile.run.masked.8x8
//=   loop
//=     call tile.run.masked.1x8
//= tile.run.8x24:
//= loop
//=   load a: double, in order
//=   load b: <8 x double>, in order
//=   call llvm.fmuladd.v8f64
//= tile.run.1x24:
//= loop
//=   load a: double, in order
//=   load b: <8 x double>, in order
//=   call llvm.fmuladd.v8f64
//= tile.run.masked.8x8:
//= loop
//=   load a: double, in order
//=   call llvm.fmuladd.v8f64
//=   call llvm.masked.load.v8f64.p0
//= tile.run.masked.1x8:
//= loop
//=   load a: double, in order
//=   call llvm.fmuladd.v8f64
//=   call llvm.masked.load.v8f64.p0
//= tile.pack.1x24:
//= loop
//=   load a: double, in order
//=   load b: <8 x double>, in order
//=   store what a tile is given: <8 x double>, in order
//=   call llvm.fmuladd.v8f64
//=   call llvm.umin.i64
//= tile.run.packed.8x24:
//= loop
//=   load a: double, in order
//=   load what a tile is given: <8 x double>, in order
//=   call llvm.fmuladd.v8f64
