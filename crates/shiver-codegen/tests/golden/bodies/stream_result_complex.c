// streams: 255
double _Complex f(const double _Complex *z, double _Complex a, long i) { return z[i] + a; }
//= checks at run time: none
//= loop
//=   call llvm.umax.i64
//=   vector loop
//=     load z: <16 x double>, independent
//=     store the result: <16 x double>, independent, past the caches
//=     fadd <8 x double>
//=   loop
//=     load z: <2 x double>, in order
//=     store the result: <2 x double>, in order
//=     fadd <2 x double>
