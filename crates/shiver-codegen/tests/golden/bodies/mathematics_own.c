// A function of the user's own keeps its name, and what it does.
static double cbrt(double x) { return x / 3; }
double f(const double *x, long i) { return cbrt(x[i]); }
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   store the result: <8 x double>, independent
//=   fdiv <8 x double>
//= loop
//=   load x: double, independent
//=   store the result: double, independent
//=   fdiv double
