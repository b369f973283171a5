// cpu: haswell, sapphirerapids, znver4
struct pair { double a, b; };
static struct pair turned(struct pair p) { return (struct pair){-p.b, p.a}; }
double f(const double *x, const double *y, long i) {
    struct pair p = turned((struct pair){x[i], y[i]});
    return p.a * 3 + p.b;
}
//= haswell: 8 in 256 bits, then 1
//= sapphirerapids: 16 in 512 bits, then 4, then 1
//= znver4: 16 in 512 bits, then 4, then 1
