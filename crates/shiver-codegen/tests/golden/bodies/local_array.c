void f(double *y, const int *k, long i) {
    double t[2] = {i, -i};
    y[i] = t[k[i] & 1];
}
//= checks at run time: none
//= loop
//=   load a local array: double, in order
//=   load k: i32, independent
//=   store a local array: double, in order
//=   store y: double, independent
