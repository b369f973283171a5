#include <complex.h>
void f(double complex *z, const double complex *w, long i) { z[i] = z[i] + w[i]; }
//= checks at run time: none
//= vector loop
//=   load w: <16 x double>, independent
//=   load z: <16 x double>, independent
//=   store z: <16 x double>, independent
//=   fadd <16 x double>
//= loop
//=   load w: <2 x double>, in order
//=   load z: <2 x double>, in order
//=   store z: <2 x double>, in order
//=   fadd <2 x double>
