// fastmath: reassoc
double dot(const double *x, long n, long i) {
    double s = 0;
    for (long k = 0; k < n; k++) s += x[i * n + k];
    return s;
}
//= checks at run time: none
//= loop
//=   store the result: double, independent
//=   fadd <8 x double>
//=   call llvm.vector.reduce.fadd.v4f64
//=   call llvm.vector.reduce.fadd.v8f64
//=   vector loop
//=     load x: <8 x double>, independent
//=     fadd <8 x double>
//=   vector loop for the rest
//=     load x: <4 x double>, independent
//=     fadd <4 x double>
//=   loop
//=     load x: double, independent
//=     fadd double
