// cpu: x86-64-v2
#include <math.h>
float f(const float *x, long i) { return expf(x[i]); }
//= checks at run time: none
//= vector loop
//=   load x: <4 x float>, independent
//=   store the result: <4 x float>, independent
//=   call shiver.math.exp.f32x4.u10.sse2, 2 times
//= loop
//=   load x: float, independent
//=   store the result: float, independent
//=   call shiver.math.exp.f32x1.u10.sse2
