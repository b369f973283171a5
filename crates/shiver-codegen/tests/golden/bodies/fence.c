void f(double *x, const double *y, long i) {
    x[i] = y[i];
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
//= checks at run time: none
//= loop
//=   fence
//=   load y: double, in order
//=   store x: double, in order
