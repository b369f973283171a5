// for T: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long
// cpu: haswell, sapphirerapids, znver4
void f(T *y, const T *a, T n, long i) { y[i] = a[i] / n; }
//= signed char, haswell: one by one
//= signed char, sapphirerapids: one by one
//= signed char, znver4: one by one
//= unsigned char, haswell: one by one
//= unsigned char, sapphirerapids: one by one
//= unsigned char, znver4: one by one
//= short, haswell: one by one
//= short, sapphirerapids: one by one
//= short, znver4: one by one
//= unsigned short, haswell: one by one
//= unsigned short, sapphirerapids: one by one
//= unsigned short, znver4: one by one
//= int, haswell: one by one
//= int, sapphirerapids: one by one
//= int, znver4: one by one
//= unsigned, haswell: one by one
//= unsigned, sapphirerapids: one by one
//= unsigned, znver4: one by one
//= long, haswell: one by one
//= long, sapphirerapids: one by one
//= long, znver4: one by one
//= unsigned long, haswell: one by one
//= unsigned long, sapphirerapids: one by one
//= unsigned long, znver4: one by one
