void f(long *y, const long *flag, long i) { y[i] = __atomic_load_n(flag, __ATOMIC_ACQUIRE); }
//= checks at run time: none
//= loop
//=   atomic load flag: i64, in order
//=   store y: i64, in order
