// indices: 3
void f(long n, long m, double (*x)[n][m], int i, int j, int k) { x[i][j][k] += 1; }
//= checks at run time: none
//= loop
//=   loop
//=     vector loop
//=       load x: <8 x double>, independent
//=       store x: <8 x double>, independent
//=       fadd <8 x double>
//=     vector loop for the rest
//=       load x: <4 x double>, independent
//=       store x: <4 x double>, independent
//=       fadd <4 x double>
//=     loop
//=       load x: double, independent
//=       store x: double, independent
//=       fadd double
