// streams: 255
// fastmath: all
double f(const double *x, const double *y, long i) { return x[i] * y[i] + x[i + 1] / y[i] - x[i + 2] * 3; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load x: <8 x double>, independent
//=     load y: <8 x double>, independent
//=     store the result: <8 x double>, independent, past the caches
//=     fdiv fast <8 x double>
//=     call llvm.fmuladd.v8f64
//=   loop
//=     load x: double, independent
//=     load y: double, independent
//=     store the result: double, independent
//=     fdiv fast double
//=     call llvm.fmuladd.f64
