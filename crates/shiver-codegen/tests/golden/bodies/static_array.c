static double table[1000];
void f(const double *x, long i) { table[i] += x[i]; }
//= checks at run time: none
//= vector loop
//=   load shiver.state.0: <8 x double>, independent
//=   load x: <8 x double>, independent
//=   store shiver.state.0: <8 x double>, independent
//=   fadd <8 x double>
//= vector loop for the rest
//=   load shiver.state.0: <4 x double>, independent
//=   load x: <4 x double>, independent
//=   store shiver.state.0: <4 x double>, independent
//=   fadd <4 x double>
//= loop
//=   load shiver.state.0: double, independent
//=   load x: double, independent
//=   store shiver.state.0: double, independent
//=   fadd double
