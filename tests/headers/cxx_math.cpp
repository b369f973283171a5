// <cmath> <cstdlib> and their .h forms: each function's overloads, and that abs is never the
// integer one by accident.
#include <cmath>
#include <cstdlib>
#include <math.h>
#include <stdlib.h>
#include <type_traits>

#define EXPECT(...) \
    do { \
        if (!(__VA_ARGS__)) \
            return __LINE__; \
    } while (0)
#define IS(e, type) static_assert(std::is_same_v<decltype(e), type>, #e " is " #type)
// A float gives the float function's value, an int counts as a double.
#define EACH(name, x) \
    do { \
        volatile float a = x; \
        IS(std::name(a), float); \
        IS(std::name(1), double); \
        IS(std::name(1L), double); \
        IS(std::name(double(a)), double); \
        IS(std::name(static_cast<long double>(a)), long double); \
        IS(::name(a), float); \
        EXPECT(std::name(a) == name##f(a) && std::name(double(a)) == ::name(double(a))); \
        EXPECT(std::name(static_cast<long double>(a)) == std::name##l(a)); \
        EXPECT(std::name(4) == std::name(4.0) || std::isnan(std::name(4))); \
    } while (0)
#define EACH2(name, x, y) \
    do { \
        volatile float a = x, b = y; \
        IS(std::name(a, b), float); \
        IS(std::name(a, 1), double); \
        IS(std::name(1, 1), double); \
        IS(std::name(a, 1.0), double); \
        IS(std::name(1.0L, a), long double); \
        IS(::name(a, b), float); \
        EXPECT(std::name(a, b) == name##f(a, b) && std::name(5, 3) == std::name(5.0, 3.0)); \
        EXPECT(std::name(1.5L, a) == name##l(1.5L, a)); \
    } while (0)
#define EACH_INTEGER(name, type) \
    do { \
        volatile float a = 10.5F; \
        IS(std::name(a), type); \
        IS(std::name(1), type); \
        IS(::name(1.0L), type); \
        EXPECT(std::name(a) == name##f(a) && std::name(10.5L) == std::name(10.5)); \
    } while (0)

static int check_functions() {
    EACH(acos, 0.5F);
    EACH(asin, 0.5F);
    EACH(atan, 0.5F);
    EACH(cos, 0.5F);
    EACH(sin, 0.5F);
    EACH(tan, 0.5F);
    EACH(asinh, 0.5F);
    EACH(atanh, 0.5F);
    EACH(cosh, 0.5F);
    EACH(sinh, 0.5F);
    EACH(tanh, 0.5F);
    EACH(exp, 0.5F);
    EACH(exp2, 0.5F);
    EACH(expm1, 0.5F);
    EACH(log, 0.5F);
    EACH(log10, 0.5F);
    EACH(log1p, 0.5F);
    EACH(log2, 0.5F);
    EACH(logb, 0.5F);
    EACH(cbrt, 0.5F);
    EACH(fabs, 0.5F);
    EACH(sqrt, 0.5F);
    EACH(erf, 0.5F);
    EACH(erfc, 0.5F);
    EACH(lgamma, 0.5F);
    EACH(tgamma, 0.5F);
    EACH(ceil, 0.5F);
    EACH(floor, 0.5F);
    EACH(nearbyint, 0.5F);
    EACH(rint, 0.5F);
    EACH(round, 0.5F);
    EACH(trunc, 0.5F);
    EACH(acosh, 1.5F);
    EACH2(pow, 2.5F, 0.75F);
    EACH2(hypot, 2.5F, 0.75F);
    EACH2(atan2, 2.5F, 0.75F);
    EACH2(fmod, 2.5F, 0.75F);
    EACH2(remainder, 2.5F, 0.75F);
    EACH2(copysign, 2.5F, 0.75F);
    EACH2(nextafter, 2.5F, 0.75F);
    EACH2(fdim, 2.5F, 0.75F);
    EACH2(fmax, 2.5F, 0.75F);
    EACH2(fmin, 2.5F, 0.75F);
    EACH_INTEGER(ilogb, int);
    EACH_INTEGER(lrint, long);
    EACH_INTEGER(lround, long);
    EACH_INTEGER(llrint, long long);
    EACH_INTEGER(llround, long long);

    int e, q;
    float whole;
    long double wholel;
    IS(std::ldexp(1.F, 2), float);
    IS(std::ldexp(1, 2), double);
    EXPECT(std::ldexp(3.F, 4) == 48 && std::scalbn(3, 4) == 48 && std::scalbln(3.L, 4) == 48);
    EXPECT(std::frexp(48.F, &e) == 0.75F && e == 6 && std::nexttoward(1.F, 2) == 1 + 0x1p-23F);
    EXPECT(std::modf(2.25F, &whole) == 0.25F && whole == 2 && std::modf(2.5L, &wholel) == 0.5L);
    EXPECT(std::remquo(7.F, 4, &q) == -1 && q == 2 && std::fma(2.F, 3, 4) == 10);
    IS(std::remquo(7.F, 4.F, &q), float);
    IS(std::fma(1.F, 1.F, 1.F), float);
    IS(std::fma(1.F, 1, 1.F), double);
    IS(std::hypot(1.F, 1.F, 1.F), float);
    EXPECT(std::hypot(2, 3, 6) == 7 && std::hypot(1e300, 1e300, 0.0) < 1.5e300);
    EXPECT(std::hypot(0, 0, 0) == 0);
    EXPECT(std::isnan(std::hypot(std::nan(""), 0, 0)) && std::isinf(std::hypot(HUGE_VAL, NAN, 0)));
    EXPECT(std::isnan(std::nanf("")) && std::isnan(std::nanl("")));

    float (*sine)(float) = std::sin; // as with overloads, the target's type chooses
    double (*power)(double, double) = std::pow;
    EXPECT(sine(0) == 0 && power(2, 3) == 8);
    return 0;
}

static int check_classification() {
    volatile double zero = 0, one = 1, nothing = NAN;
    IS(std::isnan(one), bool);
    EXPECT(std::fpclassify(zero) == FP_ZERO && std::fpclassify(1) == FP_NORMAL && isnan(nothing));
    EXPECT(std::isfinite(one) && std::isinf(HUGE_VALF) && !std::isnan(1) && std::isnormal(1.L));
    EXPECT(std::signbit(-one) && std::isgreater(one, zero) && std::isgreaterequal(1, 1.F));
    EXPECT(std::isless(zero, 1) && std::islessequal(one, one) && std::islessgreater(one, zero));
    EXPECT(std::isunordered(one, nothing) && !isgreater(nothing, one) && !signbit(0.F));
    static_assert(!std::isnan(1.0) && std::isinf(INFINITY));
    return 0;
}

static int check_cstdlib() {
    IS(std::abs(-1), int);
    IS(std::abs(-1L), long);
    IS(std::abs(-1LL), long long);
    IS(std::abs(-1.F), float);
    IS(::abs(-1.5), double);
    IS(std::abs(-1.L), long double);
    static_assert(std::abs(-2.5) == 2.5 && std::abs(-3L) == 3);
    EXPECT(std::abs(-2.5F) == 2.5F && abs(-2.5) == 2.5 && std::abs(short(-3)) == 3);
    EXPECT(std::div(7, 2).quot == 3 && std::div(7L, 2L).rem == 1 && div(7LL, 2LL).quot == 3);
    void *p = std::malloc(8);
    std::free(p);
    EXPECT(std::atoi("12") == 12 && std::strtod("2.5", nullptr) == 2.5 && sizeof(std::size_t) == 8);
    return p ? 0 : __LINE__;
}

extern "C" int check_cxx_math() {
    int line;
    if ((line = check_functions()) || (line = check_classification()) || (line = check_cstdlib()))
        return line;
    return 0;
}
