// for N: 2, 4, 8, 16, 32, 64
// fastmath: none, all
// cpu: haswell, sapphirerapids, znver4
double f(const double *x, long i) {
    double s = 0;
    for (int k = 0; k < N; k++) s += x[i + k];
    return s;
}
//= 2, fastmath none, haswell: 16 in 256 bits, then 4, then 1
//= 2, fastmath none, sapphirerapids: 32 in 512 bits, then 4, then 1
//= 2, fastmath none, znver4: 32 in 512 bits, then 4, then 1
//= 2, fastmath all, haswell: 16 in 256 bits, then 4, then 1
//= 2, fastmath all, sapphirerapids: 32 in 512 bits, then 4, then 1
//= 2, fastmath all, znver4: 32 in 512 bits, then 4, then 1
//= 4, fastmath none, haswell: 8 in 256 bits, then 1
//= 4, fastmath none, sapphirerapids: 16 in 512 bits, then 4, then 1
//= 4, fastmath none, znver4: 16 in 512 bits, then 4, then 1
//= 4, fastmath all, haswell: 8 in 256 bits, then 1
//= 4, fastmath all, sapphirerapids: 16 in 512 bits, then 4, then 1
//= 4, fastmath all, znver4: 16 in 512 bits, then 4, then 1
//= 8, fastmath none, haswell: 4 in 256 bits, then 1
//= 8, fastmath none, sapphirerapids: 8 in 512 bits, then 1
//= 8, fastmath none, znver4: 8 in 512 bits, then 1
//= 8, fastmath all, haswell: 8 in 256 bits, then 1
//= 8, fastmath all, sapphirerapids: 16 in 512 bits, then 4, then 1
//= 8, fastmath all, znver4: 16 in 512 bits, then 4, then 1
//= 16, fastmath none, haswell: 4 in 256 bits, then 1
//= 16, fastmath none, sapphirerapids: 8 in 512 bits, then 1
//= 16, fastmath none, znver4: 8 in 512 bits, then 1
//= 16, fastmath all, haswell: 4 in 256 bits, then 1
//= 16, fastmath all, sapphirerapids: 8 in 512 bits, then 1
//= 16, fastmath all, znver4: 8 in 512 bits, then 1
//= 32, fastmath none, haswell: 4 in 256 bits, then 1
//= 32, fastmath none, sapphirerapids: 8 in 512 bits, then 1
//= 32, fastmath none, znver4: 8 in 512 bits, then 1
//= 32, fastmath all, haswell: 4 in 256 bits, then 1
//= 32, fastmath all, sapphirerapids: 8 in 512 bits, then 1
//= 32, fastmath all, znver4: 8 in 512 bits, then 1
//= 64, fastmath none, haswell: 4 in 256 bits, then 1
//= 64, fastmath none, sapphirerapids: 8 in 512 bits, then 1
//= 64, fastmath none, znver4: 8 in 512 bits, then 1
//= 64, fastmath all, haswell: 4 in 256 bits, then 1
//= 64, fastmath all, sapphirerapids: 8 in 512 bits, then 1
//= 64, fastmath all, znver4: 8 in 512 bits, then 1
