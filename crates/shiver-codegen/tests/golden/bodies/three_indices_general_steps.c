// indices: 3
// steps: general
void f(double *x, long n, int i, int j, int k) { x[(i * n + j) * n + k] += 1; }
//= checks at run time: that indices do not wrap
//= loop
//=   loop
//=     vector loop
//=       fadd <8 x double>
//=       call llvm.masked.gather.v8f64.v8p0, independent
//=       call llvm.masked.scatter.v8f64.v8p0, independent
//=     loop
//=       load x: double, independent
//=       store x: double, independent
//=       fadd double
