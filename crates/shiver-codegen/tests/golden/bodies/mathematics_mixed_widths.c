// As many lanes as the wider type has.
#include <math.h>
float f(const float *x, long i) { return sinf(x[i]) + (float)exp((double)x[i]); }
//= checks at run time: none
//= vector loop
//=   load x: <8 x float>, independent
//=   store the result: <8 x float>, independent
//=   fadd <8 x float>
//=   call shiver.math.exp.f64x8.u10.fma
//=   call shiver.math.sin.f32x8.u10.fma
//= loop
//=   load x: float, independent
//=   store the result: float, independent
//=   fadd float
//=   call shiver.math.exp.f64x1.u10.fma
//=   call shiver.math.sin.f32x1.u10.fma
