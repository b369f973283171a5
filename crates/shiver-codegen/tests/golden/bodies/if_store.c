void f(double *y, const double *x, long i) {
    if (x[i] > 0) y[i] = x[i];
}
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   fcmp <8 x double>
//=   call llvm.masked.store.v8f64.p0, independent
//= vector loop for the rest
//=   load x: <8 x double>, independent
//=   fcmp <8 x double>
//=   call llvm.masked.store.v8f64.p0, independent
//= loop
//=   load x: double, independent
//=   store y: double, independent
//=   fcmp double
