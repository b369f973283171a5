void f(double *y, int n, long i) {
    double t[n];
    for (int k = 0; k < n; k++) t[k] = i + k;
    y[i] = t[n / 2];
}
//= checks at run time: none
//= loop
//=   load a local array: double, in order
//=   store y: double, in order
//=   call llvm.stackrestore.p0
//=   call llvm.stacksave.p0
//=   vector loop
//=     store a local array: <8 x double>, in order
//=   vector loop for the rest
//=     store a local array: <4 x double>, in order
//=   loop
//=     store a local array: double, in order
