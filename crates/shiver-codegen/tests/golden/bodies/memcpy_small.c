#include <string.h>
void f(float *y, const int *x, long i) { memcpy(&y[i], &x[i], 4); }
//= checks at run time: none
//= vector loop
//=   load x: <16 x i32>, independent
//=   store y: <16 x i32>, independent
//= vector loop for the rest
//=   load x: <8 x i32>, independent
//=   store y: <8 x i32>, independent
//= loop
//=   load x: i32, independent
//=   store y: i32, independent
