void f(double *z, long i) {
    double a = z[2 * i], b = z[2 * i + 1];
    z[2 * i] = a * a - b * b;
    z[2 * i + 1] = 2 * a * b;
}
//= checks at run time: none
//= vector loop
//=   load z: <16 x double>, independent
//=   store z: <16 x double>, independent
//=   fmul <16 x double>
//=   fmul <8 x double>
//=   fsub <8 x double>
//= vector loop for the rest
//=   load z: <8 x double>, independent
//=   store z: <8 x double>, independent
//=   fmul <4 x double>
//=   fmul <8 x double>
//=   fsub <4 x double>
//= loop
//=   load z: double, independent
//=   store z: double, independent
//=   fmul double
//=   fsub double
