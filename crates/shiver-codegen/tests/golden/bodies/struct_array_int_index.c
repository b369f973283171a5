// for T: float, double
// cpu: haswell, sapphirerapids, znver4
struct point { T x, y, z; };
void f(struct point *p, T s, int i) {
    p[i].x *= s;
    p[i].y *= s;
    p[i].z *= s;
}
//= float, haswell: 8 in 768 bits, then 1
//= float, sapphirerapids: 16 in 1536 bits, then 4, then 1
//= float, znver4: 16 in 1536 bits, then 4, then 1
//= double, haswell: 4 in 768 bits, then 1
//= double, sapphirerapids: 8 in 1536 bits, then 1
//= double, znver4: 8 in 1536 bits, then 1
