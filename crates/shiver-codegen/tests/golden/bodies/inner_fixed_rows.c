// for N: 2, 3, 4, 8, 16, 64
// fastmath: none, all
// cpu: haswell, sapphirerapids, znver4
double f(const double *x, long i) {
    double s = 0;
    for (int k = 0; k < N; k++) s += x[N * i + k] * x[N * i + k];
    return s;
}
//= 2, fastmath none, haswell: 16 in 512 bits, then 4, then 1
//= 2, fastmath none, sapphirerapids: 32 in 1024 bits, then 4, then 1
//= 2, fastmath none, znver4: 32 in 1024 bits, then 4, then 1
//= 2, fastmath all, haswell: 16 in 512 bits, then 4, then 1
//= 2, fastmath all, sapphirerapids: 32 in 1024 bits, then 4, then 1
//= 2, fastmath all, znver4: 32 in 1024 bits, then 4, then 1
//= 3, fastmath none, haswell: 16 in 768 bits, then 4, then 1
//= 3, fastmath none, sapphirerapids: 8 in 1536 bits, then 1
//= 3, fastmath none, znver4: 8 in 1536 bits, then 1
//= 3, fastmath all, haswell: 16 in 768 bits, then 4, then 1
//= 3, fastmath all, sapphirerapids: 8 in 1536 bits, then 1
//= 3, fastmath all, znver4: 8 in 1536 bits, then 1
//= 4, fastmath none, haswell: 4 in 1024 bits, then 1
//= 4, fastmath none, sapphirerapids: 8 in 2048 bits, then 1
//= 4, fastmath none, znver4: 8 in 2048 bits, then 1
//= 4, fastmath all, haswell: 4 in 1024 bits, then 1
//= 4, fastmath all, sapphirerapids: 8 in 2048 bits, then 1
//= 4, fastmath all, znver4: 8 in 2048 bits, then 1
//= 8, fastmath none, haswell: 4 in 256 bits, then 1
//= 8, fastmath none, sapphirerapids: 8 in 512 bits, then 1; gathers x
//= 8, fastmath none, znver4: 8 in 512 bits, then 1; gathers x
//= 8, fastmath all, haswell: 4 in 256 bits, then 1
//= 8, fastmath all, sapphirerapids: 8 in 512 bits, then 1; gathers x
//= 8, fastmath all, znver4: 8 in 512 bits, then 1; gathers x
//= 16, fastmath none, haswell: 4 in 256 bits, then 1
//= 16, fastmath none, sapphirerapids: 8 in 512 bits, then 1; gathers x
//= 16, fastmath none, znver4: 8 in 512 bits, then 1; gathers x
//= 16, fastmath all, haswell: 4 in 256 bits, then 1
//= 16, fastmath all, sapphirerapids: 8 in 512 bits, then 1; gathers x
//= 16, fastmath all, znver4: 8 in 512 bits, then 1; gathers x
//= 64, fastmath none, haswell: 4 in 256 bits, then 1
//= 64, fastmath none, sapphirerapids: 8 in 512 bits, then 1; gathers x
//= 64, fastmath none, znver4: 8 in 512 bits, then 1; gathers x
//= 64, fastmath all, haswell: 4 in 256 bits, then 1
//= 64, fastmath all, sapphirerapids: 8 in 512 bits, then 1; gathers x
//= 64, fastmath all, znver4: 8 in 512 bits, then 1; gathers x
