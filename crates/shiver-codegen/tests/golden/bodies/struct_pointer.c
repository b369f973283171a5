// cpu: haswell, sapphirerapids, znver4
struct grid { double *x; const double *y; long n; };
void f(const struct grid *g, long i) { g->x[i] = g->y[i] + g->n; }
//= haswell: 16 in 256 bits, then 4, then 1
//= sapphirerapids: 32 in 512 bits, then 4, then 1
//= znver4: 32 in 512 bits, then 4, then 1
