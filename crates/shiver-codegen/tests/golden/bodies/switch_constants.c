// cpu: haswell, sapphirerapids, znver4
int f(const unsigned char *x, long i) {
    switch (x[i]) {
    case 'a': return 1;
    case 'e': return 2;
    case 'i': return 3;
    case 'o': return 4;
    case 'u': return 5;
    default: return 0;
    }
}
//= haswell: 8 in 256 bits, then 1
//= sapphirerapids: 64 in 512 bits, then 16, then 1
//= znver4: 64 in 512 bits, then 16, then 1
