// cpu: haswell, sapphirerapids, znver4
struct item { int key; float weight; double value; };
void f(double *y, const struct item *p, long i) { y[i] = p[i].weight * p[i].value + p[i].key; }
//= haswell: 16 in 512 bits, then 4, then 1
//= sapphirerapids: 32 in 1024 bits, then 4, then 1
//= znver4: 32 in 1024 bits, then 4, then 1
