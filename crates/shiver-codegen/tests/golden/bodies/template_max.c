// lang: c++
// for T: int, float, double
// cpu: haswell, sapphirerapids, znver4
#include <algorithm>
template <class N> static N clip(N v, N low, N high) { return std::min(std::max(v, low), high); }
extern "C" void f(T *y, const T *x, long i) { y[i] = clip<T>(x[i], 0, 1); }
//= int, haswell: 32 in 256 bits, then 4, then 1
//= int, sapphirerapids: 64 in 512 bits, then 8, then 1
//= int, znver4: 64 in 512 bits, then 8, then 1
//= float, haswell: 32 in 256 bits, then 4, then 1
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= float, znver4: 64 in 512 bits, then 8, then 1
//= double, haswell: 16 in 256 bits, then 4, then 1
//= double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= double, znver4: 32 in 512 bits, then 4, then 1
