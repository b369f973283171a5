// cpu: haswell
#include <math.h>
float f(const float *x, long i) { return expf(x[i]) * tanhf(x[i]); }
//= checks at run time: none
//= vector loop
//=   load x: <8 x float>, independent
//=   store the result: <8 x float>, independent
//=   fmul <8 x float>
//=   call shiver.math.exp.f32x8.u10.fma
//=   call shiver.math.tanh.f32x8.u10.fma
//= loop
//=   load x: float, independent
//=   store the result: float, independent
//=   fmul float
//=   call shiver.math.exp.f32x1.u10.fma
//=   call shiver.math.tanh.f32x1.u10.fma
