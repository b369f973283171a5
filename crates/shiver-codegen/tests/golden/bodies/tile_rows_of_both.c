// indices: 2
double f(long n, const double *a, long i, long j) {
    double s = 0;
    for (long k = 0; k < n; k++) s += a[i * n + k] * a[j * n + k];
    return s;
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
//=   fadd <8 x double>
//=   fmul <8 x double>
//=   call llvm.masked.gather.v8f64.v8p0
//= tile.run.1x24:
//= loop
//=   load a: double, in order
//=   fadd <8 x double>
//=   fmul <8 x double>
//=   call llvm.masked.gather.v8f64.v8p0
//= tile.run.masked.8x8:
//= loop
//=   load a: double, in order
//=   fadd <8 x double>
//=   fmul <8 x double>
//=   call llvm.masked.gather.v8f64.v8p0
//= tile.run.masked.1x8:
//= loop
//=   load a: double, in order
//=   fadd <8 x double>
//=   fmul <8 x double>
//=   call llvm.masked.gather.v8f64.v8p0
//= tile.pack.1x24:
//= loop
//=   store what a tile is given: <8 x double>, in order
//=   call llvm.masked.gather.v8f64.v8p0
//=   call llvm.umin.i64
//= tile.run.packed.8x24:
//= loop
//=   load a: double, in order
//=   load what a tile is given: <8 x double>, in order
//=   fadd <8 x double>
//=   fmul <8 x double>
