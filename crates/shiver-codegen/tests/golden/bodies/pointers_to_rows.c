// indices: 2
void f(double **rows, double *const *from, long i, long j) { rows[i][j] = from[i][j] + 1; }
//= checks at run time: none
//= loop
//=   load from: ptr, independent
//=   load rows: ptr, independent
//=   vector loop
//=     load a pointer in memory: <8 x double>, independent
//=     store a pointer in memory: <8 x double>, independent
//=     fadd <8 x double>
//=   vector loop for the rest
//=     load a pointer in memory: <4 x double>, independent
//=     store a pointer in memory: <4 x double>, independent
//=     fadd <4 x double>
//=   loop
//=     load a pointer in memory: double, independent
//=     store a pointer in memory: double, independent
//=     fadd double
