// lang: c++
// for T: float, double
// fastmath: none, all
// cpu: haswell, sapphirerapids, znver4
#include <complex>
extern "C" void f(std::complex<T> *z, long i) { z[i] = z[i] * z[i] + T(1); }
//= float, fastmath none, haswell: 8 in 512 bits, then 1
//= float, fastmath none, sapphirerapids: 32 in 1024 bits, then 8, then 1
//= float, fastmath none, znver4: 32 in 1024 bits, then 8, then 1
//= float, fastmath all, haswell: 8 in 512 bits, then 1
//= float, fastmath all, sapphirerapids: 32 in 1024 bits, then 8, then 1
//= float, fastmath all, znver4: 32 in 1024 bits, then 8, then 1
//= double, fastmath none, haswell: 4 in 512 bits, then 1
//= double, fastmath none, sapphirerapids: 16 in 1024 bits, then 4, then 1
//= double, fastmath none, znver4: 16 in 1024 bits, then 4, then 1
//= double, fastmath all, haswell: 4 in 512 bits, then 1
//= double, fastmath all, sapphirerapids: 16 in 1024 bits, then 4, then 1
//= double, fastmath all, znver4: 16 in 1024 bits, then 4, then 1
