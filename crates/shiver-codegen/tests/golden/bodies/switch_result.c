// cpu: haswell, sapphirerapids, znver4
int f(const int *x, long i) {
    switch (x[i] & 7) {
    case 0: return 10;
    case 1: return x[i] + 1;
    case 2: return x[i] * 2;
    case 5: return -x[i];
    default: return 0;
    }
}
//= haswell: 8 in 256 bits, then 1
//= sapphirerapids: 64 in 512 bits, then 16, then 1
//= znver4: 64 in 512 bits, then 16, then 1
