void f(double *y, const int *k, long i) {
    double t[64];
    for (int n = 0; n < 64; n++) t[n] = i * n;
    t[k[i]] = 0;
    double s = 0;
    for (int n = 0; n < 64; n++) s += t[n];
    y[i] = s;
}
//= checks at run time: none
//= loop
//=   load a local array: double, in order
//=   load k: i32, independent
//=   store a local array: <8 x double>, in order
//=   store a local array: double, in order
//=   store y: double, independent
//=   fadd double
