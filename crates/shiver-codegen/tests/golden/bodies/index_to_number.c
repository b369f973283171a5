// for I: short, int, unsigned, long, unsigned long
// for T: float, double
// cpu: haswell, sapphirerapids, znver4
T f(I i) { return i * (T)0.25; }
//= short, float, haswell: 32 in 256 bits, then 4, then 1
//= short, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= short, float, znver4: 64 in 512 bits, then 8, then 1
//= short, double, haswell: 16 in 256 bits, then 4, then 1
//= short, double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= short, double, znver4: 32 in 512 bits, then 4, then 1
//= int, float, haswell: 32 in 256 bits, then 4, then 1
//= int, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= int, float, znver4: 64 in 512 bits, then 8, then 1
//= int, double, haswell: 16 in 256 bits, then 4, then 1
//= int, double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= int, double, znver4: 32 in 512 bits, then 4, then 1
//= unsigned, float, haswell: 32 in 256 bits, then 8, then 1
//= unsigned, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned, float, znver4: 64 in 512 bits, then 8, then 1
//= unsigned, double, haswell: 16 in 256 bits, then 4, then 1
//= unsigned, double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= unsigned, double, znver4: 32 in 512 bits, then 4, then 1
//= long, float, haswell: 8 in 256 bits, then 1
//= long, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= long, float, znver4: 64 in 512 bits, then 8, then 1
//= long, double, haswell: 16 in 256 bits, then 4, then 1
//= long, double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= long, double, znver4: 32 in 512 bits, then 4, then 1
//= unsigned long, float, haswell: 8 in 256 bits, then 1
//= unsigned long, float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned long, float, znver4: 64 in 512 bits, then 8, then 1
//= unsigned long, double, haswell: 16 in 256 bits, then 4, then 1
//= unsigned long, double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= unsigned long, double, znver4: 32 in 512 bits, then 4, then 1
