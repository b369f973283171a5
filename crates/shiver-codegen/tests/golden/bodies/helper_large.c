// cpu: haswell, sapphirerapids, znver4
static double step(double x, double a) { return x - (x * x * x - a) / (3 * x * x); }
static double solve(double a) {
    double x = a;
    x = step(x, a); x = step(x, a); x = step(x, a); x = step(x, a); x = step(x, a);
    x = step(x, a); x = step(x, a); x = step(x, a); x = step(x, a); x = step(x, a);
    return x;
}
void f(double *y, const double *x, long i) { y[i] = solve(x[i]) + solve(x[i] + 1); }
//= haswell: 4 in 256 bits, then 1
//= sapphirerapids: 8 in 512 bits, then 1
//= znver4: 8 in 512 bits, then 1
