// steps: general
void add1(double *x, long i) { x[i] += 1.0; }
//= checks at run time: that steps are 1
//= vector loop
//=   load x: <8 x double>, independent
//=   store x: <8 x double>, independent
//=   fadd <8 x double>
//= vector loop for the rest
//=   load x: <4 x double>, independent
//=   store x: <4 x double>, independent
//=   fadd <4 x double>
//= loop
//=   load x: double, independent
//=   store x: double, independent
//=   fadd double
