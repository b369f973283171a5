// indices: 2
// fastmath: all
#include <math.h>
double f(const double *x, long i, long j) {
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        double d = x[i * 3 + k] - x[j * 3 + k];
        sum += d * d;
    }
    return sqrt(sum);
}
//= checks at run time: none
//= loop
//=   vector loop
//=     load x: <24 x double>, independent
//=     load x: double, independent
//=     store the result: <8 x double>, independent
//=     fmul nnan ninf nsz arcp afn <8 x double>
//=     fsub nnan ninf nsz arcp afn <8 x double>
//=     call llvm.fmuladd.v8f64
//=     call llvm.sqrt.v8f64
//=   loop
//=     load x: double, independent
//=     store the result: double, independent
//=     fmul nnan ninf nsz arcp afn double
//=     fsub nnan ninf nsz arcp afn double
//=     call llvm.fmuladd.f64
//=     call llvm.sqrt.f64
