// cpu: haswell, sapphirerapids, znver4
unsigned long f(unsigned long seed, unsigned long i) {
    unsigned long x = seed + i;
    x ^= x >> 30; x *= 0xbf58476d1ce4e5b9ul;
    x ^= x >> 27; x *= 0x94d049bb133111ebul;
    return x ^ x >> 31;
}
//= haswell: 4 in 256 bits, then 1
//= sapphirerapids: 32 in 512 bits, then 8, then 1
//= znver4: 32 in 512 bits, then 8, then 1
