double f(const double *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   store the result: <8 x double>, independent
//=   fadd <8 x double>
//= vector loop for the rest
//=   load x: <4 x double>, independent
//=   store the result: <4 x double>, independent
//=   fadd <4 x double>
//= loop
//=   load x: double, independent
//=   store the result: double, independent
//=   fadd double
