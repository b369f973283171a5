#include <stdlib.h>
void f(double *y, const int *k, long i) {
    double *t = malloc(16);
    t[0] = i;
    t[1] = -i;
    y[i] = t[k[i] & 1];
    free(t);
}
//= checks at run time: none
//= loop
//=   load a call: double, in order
//=   load k: i32, in order
//=   store a call: double, in order
//=   store y: double, in order
//=   call free
//=   call malloc
