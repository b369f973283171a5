// for FROM: unsigned char, short, unsigned short, int, long
// for TO: float, double
// cpu: haswell, sapphirerapids, znver4
void f(TO *y, const FROM *x, long i) { y[i] = x[i] * (TO)0.5; }
//= unsigned char, float, haswell: 32 in 256 bits, then 4, then 1
//= unsigned char, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned char, float, znver4: 64 in 512 bits, then 8, then 1
//= unsigned char, double, haswell: 16 in 256 bits, then 4, then 1
//= unsigned char, double, sapphirerapids: 32 in 512 bits, then 8, then 1
//= unsigned char, double, znver4: 32 in 512 bits, then 8, then 1
//= short, float, haswell: 32 in 256 bits, then 4, then 1
//= short, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= short, float, znver4: 64 in 512 bits, then 8, then 1
//= short, double, haswell: 16 in 256 bits, then 4, then 1
//= short, double, sapphirerapids: 32 in 512 bits, then 8, then 1
//= short, double, znver4: 32 in 512 bits, then 8, then 1
//= unsigned short, float, haswell: 32 in 256 bits, then 4, then 1
//= unsigned short, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned short, float, znver4: 64 in 512 bits, then 8, then 1
//= unsigned short, double, haswell: 16 in 256 bits, then 4, then 1
//= unsigned short, double, sapphirerapids: 32 in 512 bits, then 8, then 1
//= unsigned short, double, znver4: 32 in 512 bits, then 8, then 1
//= int, float, haswell: 32 in 256 bits, then 4, then 1
//= int, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= int, float, znver4: 64 in 512 bits, then 8, then 1
//= int, double, haswell: 16 in 256 bits, then 4, then 1
//= int, double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= int, double, znver4: 32 in 512 bits, then 4, then 1
//= long, float, haswell: 16 in 256 bits, then 4, then 1
//= long, float, sapphirerapids: 32 in 512 bits, then 4, then 1
//= long, float, znver4: 32 in 512 bits, then 4, then 1
//= long, double, haswell: 16 in 256 bits, then 4, then 1
//= long, double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= long, double, znver4: 32 in 512 bits, then 4, then 1
