// for T: float, double
// cpu: haswell, sapphirerapids, znver4
static T _Complex turned(T _Complex z) { return z * 1.0i; }
void f(T _Complex *z, long i) { z[i] = turned(z[i]) + z[i]; }
//= float, haswell: 8 in 512 bits, then 1
//= float, sapphirerapids: 16 in 512 bits, then 4, then 1
//= float, znver4: 16 in 512 bits, then 4, then 1
//= double, haswell: 4 in 512 bits, then 1
//= double, sapphirerapids: 16 in 1024 bits, then 4, then 1
//= double, znver4: 16 in 1024 bits, then 4, then 1
