// for OP: &, |, ^, &&, ||, ==
// cpu: haswell, sapphirerapids, znver4
// b[i] is only read where a[i] does not decide; AVX2 has no masked loads of bytes.
void f(_Bool *y, const _Bool *a, const _Bool *b, long i) { y[i] = a[i] OP b[i]; }
//= &, haswell: 128 in 256 bits, then 8, then 1
//= &, sapphirerapids: 256 in 512 bits, then 16, then 1
//= &, znver4: 256 in 512 bits, then 16, then 1
//= |, haswell: 128 in 256 bits, then 8, then 1
//= |, sapphirerapids: 256 in 512 bits, then 16, then 1
//= |, znver4: 256 in 512 bits, then 16, then 1
//= ^, haswell: 128 in 256 bits, then 16, then 1
//= ^, sapphirerapids: 256 in 512 bits, then 16, then 1
//= ^, znver4: 256 in 512 bits, then 16, then 1
//= &&, haswell: one by one
//= &&, sapphirerapids: 256 in 512 bits, then 16, then 1; masked
//= &&, znver4: 256 in 512 bits, then 16, then 1; masked
//= ||, haswell: one by one
//= ||, sapphirerapids: 256 in 512 bits, then 16, then 1; masked
//= ||, znver4: 256 in 512 bits, then 16, then 1; masked
//= ==, haswell: 128 in 256 bits, then 8, then 1
//= ==, sapphirerapids: 256 in 512 bits, then 16, then 1
//= ==, znver4: 256 in 512 bits, then 16, then 1
