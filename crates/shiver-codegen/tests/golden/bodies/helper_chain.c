// cpu: haswell, sapphirerapids, znver4
static inline float square(float x) { return x * x; }
static inline float norm(const float *x, const float *y, long i) { return square(x[i]) + square(y[i]); }
float f(const float *x, const float *y, long i) { return norm(x, y, i); }
//= haswell: 16 in 256 bits, then 4, then 1
//= sapphirerapids: 32 in 512 bits, then 4, then 1
//= znver4: 32 in 512 bits, then 4, then 1
