// steps: general
void add1(double *x, int i) { x[i] += 1.0; }
//= checks at run time: that indices do not wrap
//= vector loop
//=   fadd <8 x double>
//=   call llvm.masked.gather.v8f64.v8p0, independent
//=   call llvm.masked.scatter.v8f64.v8p0, independent
//= loop
//=   load x: double, independent
//=   store x: double, independent
//=   fadd double
