// fastmath: none, all
// cpu: haswell, sapphirerapids, znver4
// Sums of floats are taken in C's order unless fastmath lets them be regrouped.
float f(const float *x, int n, int i) {
    float s = 0;
    for (int k = 0; k < n; k++) s += x[i * n + k];
    return s;
}
//= fastmath none, haswell: loops inside: one by one
//= fastmath none, sapphirerapids: loops inside: one by one
//= fastmath none, znver4: loops inside: one by one
//= fastmath all, haswell: loops inside: 32 in 256 bits, then 4, then 1
//= fastmath all, sapphirerapids: loops inside: 64 in 512 bits, then 8, then 1
//= fastmath all, znver4: loops inside: 64 in 512 bits, then 8, then 1
