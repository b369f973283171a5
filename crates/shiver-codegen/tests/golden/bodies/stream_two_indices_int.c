// streams: 255
// indices: 2
void f(const double *x, double *y, int n, int i, int j) { y[i * n + j] = x[i * n + j] + 1; }
//= checks at run time: none
//= loop
//=   loop
//=     call llvm.umax.i64
//=     vector loop
//=       load x: <8 x double>, independent
//=       store y: <8 x double>, independent, past the caches
//=       fadd <8 x double>
//=     loop
//=       load x: double, independent
//=       store y: double, independent
//=       fadd double
