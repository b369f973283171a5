// In order: p and q may be one array, and the store to q stands between two that LLVM would gather.
void f(long *p, long *q, long i) {
    p[2 * i] = 1;
    q[2 * i] += 5;
    p[2 * i + 1] = 2;
}
//= checks at run time: that arrays do not overlap, and that indices do not wrap
//= vector loop
//=   load extractelement: <16 x i64>, in order
//=   store p: <16 x i64>, in order
//=   call llvm.masked.scatter.v8i64.v8p0
//= loop
//=   load q: i64, in order
//=   store p: i64, in order
//=   store q: i64, in order
