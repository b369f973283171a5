// for T: float, double
// cpu: haswell, sapphirerapids, znver4
struct pair { T a, b; };
static struct pair turned(struct pair p) { return (struct pair){-p.b, p.a}; }
void f(struct pair *z, long i) { z[i] = turned(z[i]); }
//= float, haswell: 16 in 512 bits, then 4, then 1
//= float, sapphirerapids: 32 in 1024 bits, then 8, then 1
//= float, znver4: 32 in 1024 bits, then 8, then 1
//= double, haswell: 8 in 512 bits, then 1
//= double, sapphirerapids: 16 in 1024 bits, then 4, then 1
//= double, znver4: 16 in 1024 bits, then 4, then 1
