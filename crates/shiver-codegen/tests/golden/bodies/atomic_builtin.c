void f(long *sum, const long *x, long i) { __atomic_fetch_add(sum, x[i], __ATOMIC_RELAXED); }
//= checks at run time: none
//= loop
//=   atomicrmw
//=   load x: i64, in order
