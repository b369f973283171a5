// cpu: haswell, sapphirerapids, znver4
int f(const int *day, long i) { return day[i] / 365 * 100 + day[i] % 365 / 30; }
//= haswell: 8 in 256 bits, then 1
//= sapphirerapids: 16 in 512 bits, then 8, then 1
//= znver4: 16 in 512 bits, then 8, then 1
