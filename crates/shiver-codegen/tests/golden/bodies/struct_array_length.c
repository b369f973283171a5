// for T: float, double
// cpu: haswell, sapphirerapids, znver4
struct point { T x, y, z; };
T f(const struct point *p, long i) { return p[i].x * p[i].x + p[i].y * p[i].y + p[i].z * p[i].z; }
//= float, haswell: 32 in 768 bits, then 4, then 1
//= float, sapphirerapids: 16 in 1536 bits, then 4, then 1
//= float, znver4: 16 in 1536 bits, then 4, then 1
//= double, haswell: 16 in 768 bits, then 4, then 1
//= double, sapphirerapids: 8 in 1536 bits, then 1
//= double, znver4: 8 in 1536 bits, then 1
