// indices: 2
// fastmath: all
// cpu: haswell
float f(int n, const float *a, const float *b, int i, int j) {
    float s = 0;
    for (int k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
    return s;
}
//= checks at run time: none
//= loop
//=   call tile.pack.1x24
//=   loop
//=     call tile.run.packed.4x24
//=   loop
//=     call tile.run.1x24
//=   loop
//=     call tile.run.4x24
//=   loop
//=     call tile.run.1x24
//= loop
//=   call llvm.umin.i64
//=   loop
//=     call tile.run.masked.4x8
//=   loop
//=     call tile.run.masked.1x8
//= tile.run.4x24:
//= loop
//=   load a: float, in order
//=   load b: <8 x float>, in order
//=   call llvm.fmuladd.v8f32
//= tile.run.1x24:
//= loop
//=   load a: float, in order
//=   load b: <8 x float>, in order
//=   call llvm.fmuladd.v8f32
//= tile.run.masked.4x8:
//= loop
//=   load a: float, in order
//=   call llvm.fmuladd.v8f32
//=   call llvm.masked.load.v8f32.p0
//= tile.run.masked.1x8:
//= loop
//=   load a: float, in order
//=   call llvm.fmuladd.v8f32
//=   call llvm.masked.load.v8f32.p0
//= tile.pack.1x24:
//= loop
//=   load a: float, in order
//=   load b: <8 x float>, in order
//=   store what a tile is given: <8 x float>, in order
//=   call llvm.fmuladd.v8f32
//=   call llvm.umin.i64
//= tile.run.packed.4x24:
//= loop
//=   load a: float, in order
//=   load what a tile is given: <8 x float>, in order
//=   call llvm.fmuladd.v8f32
