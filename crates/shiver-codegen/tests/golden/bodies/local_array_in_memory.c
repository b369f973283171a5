void f(double *y, const int *k, long i) {
    double t[2] = {i, -i}, u[2] = {0, 0};
    double *p[2] = {t, u};
    p[k[i] >> 1][k[i] & 1] = 7;
    y[i] = t[0] + u[1];
}
//= checks at run time: none
//= loop
//=   load a local array: double, in order
//=   load a local array: ptr, in order
//=   load k: i32, independent
//=   store a local array: double, in order
//=   store a local array: ptr, in order
//=   store a pointer in memory: double, in order
//=   store y: double, independent
//=   fadd double
//=   call llvm.memset.p0.i64
