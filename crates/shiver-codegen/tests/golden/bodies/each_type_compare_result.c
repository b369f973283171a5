// for T: signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long, _Float16, float, double
// cpu: haswell, sapphirerapids, znver4
_Bool f(const T *a, const T *b, long i) { return a[i] == b[i]; }
//= signed char, haswell: 64 in 256 bits, then 8, then 1
//= signed char, sapphirerapids: 128 in 512 bits, then 16, then 1
//= signed char, znver4: 128 in 512 bits, then 16, then 1
//= unsigned char, haswell: 64 in 256 bits, then 8, then 1
//= unsigned char, sapphirerapids: 128 in 512 bits, then 16, then 1
//= unsigned char, znver4: 128 in 512 bits, then 16, then 1
//= short, haswell: 32 in 256 bits, then 4, then 1
//= short, sapphirerapids: 64 in 512 bits, then 8, then 1
//= short, znver4: 64 in 512 bits, then 8, then 1
//= unsigned short, haswell: 32 in 256 bits, then 4, then 1
//= unsigned short, sapphirerapids: 64 in 512 bits, then 8, then 1
//= unsigned short, znver4: 64 in 512 bits, then 8, then 1
//= int, haswell: 16 in 256 bits, then 4, then 1
//= int, sapphirerapids: 32 in 512 bits, then 8, then 1
//= int, znver4: 32 in 512 bits, then 8, then 1
//= unsigned, haswell: 16 in 256 bits, then 4, then 1
//= unsigned, sapphirerapids: 32 in 512 bits, then 8, then 1
//= unsigned, znver4: 32 in 512 bits, then 8, then 1
//= long, haswell: 8 in 256 bits, then 1
//= long, sapphirerapids: 16 in 512 bits, then 4, then 1
//= long, znver4: 16 in 512 bits, then 4, then 1
//= unsigned long, haswell: 8 in 256 bits, then 1
//= unsigned long, sapphirerapids: 16 in 512 bits, then 4, then 1
//= unsigned long, znver4: 16 in 512 bits, then 4, then 1
//= _Float16, haswell: 32 in 256 bits, then 4, then 1
//= _Float16, sapphirerapids: 64 in 512 bits, then 8, then 1
//= _Float16, znver4: 64 in 512 bits, then 8, then 1
//= float, haswell: 16 in 256 bits, then 4, then 1
//= float, sapphirerapids: 32 in 512 bits, then 8, then 1
//= float, znver4: 32 in 512 bits, then 8, then 1
//= double, haswell: 8 in 256 bits, then 1
//= double, sapphirerapids: 16 in 512 bits, then 4, then 1
//= double, znver4: 16 in 512 bits, then 4, then 1
