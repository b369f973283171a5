// fastmath: contract
double f(const double *x, const double *y, long i) { return x[i] * y[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   load y: <8 x double>, independent
//=   store the result: <8 x double>, independent
//=   call llvm.fmuladd.v8f64
//= vector loop for the rest
//=   load x: <4 x double>, independent
//=   load y: <4 x double>, independent
//=   store the result: <4 x double>, independent
//=   call llvm.fmuladd.v4f64
//= loop
//=   load x: double, independent
//=   load y: double, independent
//=   store the result: double, independent
//=   call llvm.fmuladd.f64
