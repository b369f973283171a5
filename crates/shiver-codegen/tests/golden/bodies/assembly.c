void f(long *x, long i) {
    long t = x[i];
    __asm__ volatile("" : "+r"(t));
    x[i] = t;
}
//= checks at run time: none
//= loop
//=   load x: i64, in order
//=   store x: i64, in order
//=   call assembly
