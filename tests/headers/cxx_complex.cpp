// <complex>: layout, arithmetic, and every function in three precisions, against C's own.
#include <ccomplex>
#include <complex>
#include <ctgmath>
#include <type_traits>

#define EXPECT(...) \
    do { \
        if (!(__VA_ARGS__)) \
            return __LINE__; \
    } while (0)
#define IS(e, type) static_assert(std::is_same_v<decltype(e), type>, #e " is " #type)

using std::complex;
using namespace std::complex_literals;

static_assert(sizeof(complex<float>) == 8);
static_assert(sizeof(complex<long double>) == 2 * sizeof(long double));
static_assert(std::is_trivially_copyable_v<complex<double>>);
static_assert(std::is_convertible_v<complex<float>, complex<double>>);
static_assert(!std::is_convertible_v<complex<double>, complex<float>>);
static_assert(std::is_constructible_v<complex<float>, complex<double>>);
static_assert(complex<double>(1, 2).imag() == 2 && 1.0 + 2i == complex<double>(1, 2));

template <class T>
static bool near(const complex<T> &z, const complex<T> &w) {
    return std::abs(z - w) <= 16 * (sizeof(T) == 4 ? T(0x1p-23) : T(0x1p-52)) * (1 + std::abs(w));
}

template <class T>
static int check() {
    const complex<T> z(0.5, 0.25), one(1), i(0, 1), e = std::exp(z);
    complex<T> w = z;
    IS(std::abs(z), T);
    IS(z * T(2), complex<T>);

    w += z, w -= T(0.5), w *= z, w /= T(2), w += T(1), w *= T(2), w /= one, w -= complex<float>(2);
    EXPECT(near(w, z * complex<T>(0.5, 0.5)));
    w.real(3), w.imag(4);
    EXPECT(w == complex<T>(3, 4) && std::abs(w) == 5 && std::norm(w) == 25 && w != one);
    EXPECT(one == T(1));
    EXPECT(T(1) == one && T(2) != one && real(w) == 3 && imag(w) == 4 && +w == w);
    EXPECT(-w == T(-1) * w);
    EXPECT(w / w == one && T(2) + w - T(2) == w && near(T(25) / w, std::conj(w)));
    EXPECT(T(3) - w == -4 * i.imag() * i);
    w = T(7);
    EXPECT(w == T(7) && reinterpret_cast<const T(&)[2]>(i)[1] == 1);
    EXPECT(complex<T>::__from(w.__c()) == w);

    EXPECT(near(std::polar(T(2), T(0.5)), T(2) * std::exp(i * T(0.5))));
    EXPECT(std::arg(i) == std::atan2(T(1), T(0)) && std::proj(z) == z);
    EXPECT(near(std::log(e), z) && near(std::sqrt(z) * std::sqrt(z), z));
    EXPECT(near(std::log10(z), std::log(z) / std::log(T(10))));
    EXPECT(near(std::sinh(z), (e - one / e) / T(2)) && near(std::cosh(z), (e + one / e) / T(2)));
    EXPECT(near(std::tanh(z), std::sinh(z) / std::cosh(z)));
    EXPECT(near(std::sin(z), -i * std::sinh(i * z)));
    EXPECT(near(std::cos(z), std::cosh(i * z)) && near(std::tan(z), std::sin(z) / std::cos(z)));
    EXPECT(near(std::sin(std::asin(z)), z) && near(std::cos(std::acos(z)), z));
    EXPECT(near(std::tan(std::atan(z)), z) && near(std::sinh(std::asinh(z)), z));
    EXPECT(near(std::cosh(std::acosh(z)), z) && near(std::tanh(std::atanh(z)), z));
    EXPECT(near(std::pow(z, complex<T>(2)), z * z) && near(std::pow(z, T(2)), z * z));
    EXPECT(near(std::pow(T(2), z), std::exp(z * std::log(T(2)))));
    return 0;
}

extern "C" int check_cxx_complex() {
    int line;
    if ((line = check<float>()) || (line = check<double>()) || (line = check<long double>()))
        return line;
    IS(std::pow(complex<float>(1), 2), complex<double>);
    IS(std::pow(complex<float>(1), complex<double>(1)), complex<double>);
    IS(std::norm(1), double);
    IS(std::conj(1.F), complex<float>);
    IS(std::arg(1.L), long double);
    IS(std::real(1), double);
    IS(1if, complex<float>);
    IS(1.0il, complex<long double>);
    EXPECT(std::arg(-1) > 3.14 && std::imag(3.F) == 0 && std::proj(2) == 2. && std::norm(3) == 9);
    EXPECT(std::real(complex<double>(1if)) == 0 && (1il).imag() == 1 && (2.5i).imag() == 2.5);
    constexpr complex<double> product = complex<double>(1, 2) * complex<double>(3, 4);
    static_assert(product == complex<double>(-5, 10));
    return 0;
}
