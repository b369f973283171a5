// lang: c++
// for T: float, double
// cpu: haswell, sapphirerapids, znver4
extern "C" void f(T *y, const T *x, T a, int i) {
    auto line = [=](T v) { return a * v + 1; };
    y[i] = line(x[i]);
}
//= float, haswell: 32 in 256 bits, then 4, then 1
//= float, sapphirerapids: 64 in 512 bits, then 8, then 1
//= float, znver4: 64 in 512 bits, then 8, then 1
//= double, haswell: 16 in 256 bits, then 4, then 1
//= double, sapphirerapids: 32 in 512 bits, then 4, then 1
//= double, znver4: 32 in 512 bits, then 4, then 1
