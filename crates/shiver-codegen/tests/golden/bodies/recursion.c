static long fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
void f(long *x, long i) { x[i] = fib(x[i]); }
//= checks at run time: none
//= loop
//=   load x: i64, independent
//=   store x: i64, independent
//=   call fib
