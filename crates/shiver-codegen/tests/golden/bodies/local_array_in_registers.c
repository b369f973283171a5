void f(double *y, long i) {
    double t[4] = {i, i + 1, i + 2, i + 3};
    for (int n = 1; n < 4; n++) t[n] += t[n - 1];
    y[i] = t[3];
}
//= checks at run time: none
//= vector loop
//=   store y: <8 x double>, independent
//=   fadd <8 x double>
//= vector loop for the rest
//=   store y: <4 x double>, independent
//=   fadd <4 x double>
//= loop
//=   store y: double, independent
//=   fadd double
