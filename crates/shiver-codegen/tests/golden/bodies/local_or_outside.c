void f(double *y, double *z, const int *k, long i) {
    double t[2] = {i, -i};
    double *p = k[i] ? t : z + 2 * i;
    p[k[i] & 1] = 7;
    y[i] = t[0] + t[1];
}
//= checks at run time: none
//= loop
//=   load a local array: double, in order
//=   load k: i32, independent
//=   store a local array or z: double, in order
//=   store a local array: double, in order
//=   store y: double, independent
//=   fadd double
