// cpu: haswell, sapphirerapids, znver4
_Bool f(const _Bool *a, long i) { return !a[i]; }
//= haswell: 128 in 256 bits, then 8, then 1
//= sapphirerapids: 256 in 512 bits, then 16, then 1
//= znver4: 256 in 512 bits, then 16, then 1
