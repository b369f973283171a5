void f(double *a, double *b, double *c, const double *d, const double *e, long i) {
    a[i] = d[i] + e[i];
    b[i] = d[i] - e[i];
    c[i] = a[i] * b[i];
}
//= checks at run time: none
//= vector loop
//=   load a: <8 x double>, independent
//=   load d: <8 x double>, independent
//=   load e: <8 x double>, independent
//=   store a: <8 x double>, independent
//=   store b: <8 x double>, independent
//=   store c: <8 x double>, independent
//=   fadd <8 x double>
//=   fmul <8 x double>
//=   fsub <8 x double>
//= loop
//=   load a: double, independent
//=   load d: double, independent
//=   load e: double, independent
//=   store a: double, independent
//=   store b: double, independent
//=   store c: double, independent
//=   fadd double
//=   fmul double
//=   fsub double
