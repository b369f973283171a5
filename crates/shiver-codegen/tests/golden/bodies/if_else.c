void f(double *y, const double *x, long i) {
    if (x[i] > 0) y[i] = x[i] * 2;
    else y[i] = -x[i];
}
//= checks at run time: none
//= vector loop
//=   load x: <8 x double>, independent
//=   store y: <8 x double>, independent
//=   fcmp <8 x double>
//=   fmul <8 x double>
//= vector loop for the rest
//=   load x: <4 x double>, independent
//=   store y: <4 x double>, independent
//=   fcmp <4 x double>
//=   fmul <4 x double>
//= loop
//=   load x: double, independent
//=   store y: double, independent
//=   fcmp double
//=   fmul double
