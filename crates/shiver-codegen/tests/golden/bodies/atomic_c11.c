#include <stdatomic.h>
void f(_Atomic long *sum, const long *x, long i) { atomic_fetch_add(sum, x[i]); }
//= checks at run time: none
//= loop
//=   atomicrmw
//=   load x: i64, in order
