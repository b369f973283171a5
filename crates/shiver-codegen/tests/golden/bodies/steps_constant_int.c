// for S: 2, 3, 4, 5, 8, 9, -1, -2
// cpu: haswell, sapphirerapids, znver4
void f(float *y, const float *x, int i) { y[i] = x[S * i] + 1; }
//= 2, haswell: 32 in 512 bits, then 4, then 1
//= 2, sapphirerapids: 64 in 1024 bits, then 8, then 1
//= 2, znver4: 64 in 1024 bits, then 8, then 1
//= 3, haswell: 32 in 768 bits, then 4, then 1
//= 3, sapphirerapids: 64 in 1536 bits, then 8, then 1
//= 3, znver4: 64 in 1536 bits, then 8, then 1
//= 4, haswell: 32 in 1024 bits, then 4, then 1
//= 4, sapphirerapids: 64 in 2048 bits, then 8, then 1
//= 4, znver4: 64 in 2048 bits, then 8, then 1
//= 5, haswell: 8 in 256 bits, then 1
//= 5, sapphirerapids: 64 in 2560 bits, then 8, then 1
//= 5, znver4: 64 in 2560 bits, then 8, then 1
//= 8, haswell: 32 in 1824 bits, then 8, then 1
//= 8, sapphirerapids: 64 in 4096 bits, then 8, then 1
//= 8, znver4: 64 in 4096 bits, then 8, then 1
//= 9, haswell: 8 in 256 bits, then 1
//= 9, sapphirerapids: 16 in 512 bits, then 4, then 1; gathers x
//= 9, znver4: 16 in 512 bits, then 4, then 1; gathers x
//= -1, haswell: 32 in 256 bits, then 8, then 1
//= -1, sapphirerapids: 64 in 512 bits, then 8, then 1
//= -1, znver4: 64 in 512 bits, then 8, then 1
//= -2, haswell: 8 in 256 bits, then 1
//= -2, sapphirerapids: 16 in 512 bits, then 4, then 1; gathers x
//= -2, znver4: 16 in 512 bits, then 4, then 1; gathers x
