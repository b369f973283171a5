// for I: int, unsigned, long
// cpu: haswell, sapphirerapids, znver4
unsigned f(unsigned seed, I i) {
    unsigned x = seed + i;
    x ^= x >> 16; x *= 0x7feb352du;
    x ^= x >> 15; x *= 0x846ca68bu;
    return x ^ x >> 16;
}
//= int, haswell: 8 in 256 bits, then 1
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1
//= int, znver4: 64 in 512 bits, then 8, then 1
//= unsigned, haswell: 8 in 256 bits, then 1
//= unsigned, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned, znver4: 64 in 512 bits, then 8, then 1
//= long, haswell: 8 in 256 bits, then 1
//= long, sapphirerapids: 64 in 512 bits, then 8, then 1
//= long, znver4: 64 in 512 bits, then 8, then 1
