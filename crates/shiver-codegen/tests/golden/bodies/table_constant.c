// for T: unsigned char, short, int, float, double
// cpu: haswell, sapphirerapids, znver4
static const T table[16] = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
T f(const unsigned char *k, long i) { return table[k[i] & 15]; }
//= unsigned char, haswell: 32 in 256 bits, then 8, then 1
//= unsigned char, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned char, znver4: 64 in 512 bits, then 8, then 1
//= short, haswell: 16 in 256 bits, then 4, then 1
//= short, sapphirerapids: 32 in 512 bits, then 8, then 1
//= short, znver4: 32 in 512 bits, then 8, then 1
//= int, haswell: 8 in 256 bits, then 1
//= int, sapphirerapids: 16 in 512 bits, then 4, then 1; gathers table
//= int, znver4: 16 in 512 bits, then 4, then 1; gathers table
//= float, haswell: 8 in 256 bits, then 1
//= float, sapphirerapids: 16 in 512 bits, then 4, then 1; gathers table
//= float, znver4: 16 in 512 bits, then 4, then 1; gathers table
//= double, haswell: 4 in 256 bits, then 1
//= double, sapphirerapids: 32 in 512 bits, then 8, then 1; gathers table
//= double, znver4: 32 in 512 bits, then 8, then 1; gathers table
