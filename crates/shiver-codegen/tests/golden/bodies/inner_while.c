// cpu: haswell, sapphirerapids, znver4
// Each iteration has another number of rounds.
int f(const int *x, long i) {
    int v = x[i], n = 0;
    while (v > 1) v = v & 1 ? 3 * v + 1 : v / 2, n++;
    return n;
}
//= haswell: loops inside: one by one
//= sapphirerapids: loops inside: one by one
//= znver4: loops inside: one by one
