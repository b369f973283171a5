__attribute__((noinline)) static double get(const double *t, int k) { return t[k]; }
void f(double *y, const int *k, long i) {
    double t[2] = {i, -i};
    y[i] = get(t, k[i]);
}
//= checks at run time: none
//= loop
//=   load k: i32, independent
//=   store a local array: double, in order
//=   store y: double, independent
//=   call get
