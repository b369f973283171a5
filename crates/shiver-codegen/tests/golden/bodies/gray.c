// cpu: haswell, sapphirerapids, znver4
unsigned char f(const unsigned char *rgb, long i) { return (77 * rgb[3 * i] + 150 * rgb[3 * i + 1] + 29 * rgb[3 * i + 2]) >> 8; }
//= haswell: 32 in 768 bits, then 8, then 1
//= sapphirerapids: 32 in 768 bits, then 8, then 1
//= znver4: 32 in 768 bits, then 8, then 1
