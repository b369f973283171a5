// What LLVM knows of the functions has been put to use before: no call is left.
#include <math.h>
double f(const double *x, long i) { return pow(x[i], 2.0) + exp(0.0) + cos(0.0); }
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   store the result: <8 x double>, independent
//=   fadd <8 x double>
//=   fmul <8 x double>
//= vector loop for the rest
//=   load x: <4 x double>, independent
//=   store the result: <4 x double>, independent
//=   fadd <4 x double>
//=   fmul <4 x double>
//= loop
//=   load x: double, independent
//=   store the result: double, independent
//=   fadd double
//=   fmul double
