static double square(double x) { return x * x; }
void f(double *x, long i) { x[i] = square(x[i]) + square(x[i] + 1); }
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   store x: <8 x double>, independent
//=   fadd <8 x double>
//=   fmul <8 x double>
//= vector loop for the rest
//=   load x: <4 x double>, independent
//=   store x: <4 x double>, independent
//=   fadd <4 x double>
//=   fmul <4 x double>
//= loop
//=   load x: double, independent
//=   store x: double, independent
//=   fadd double
//=   fmul double
