_Bool f(const _Bool *x, long i) { return x[i] + 1; }
//= checks at run time: none
//= no loop
