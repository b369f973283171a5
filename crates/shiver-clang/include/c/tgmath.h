// C17's <tgmath.h>, by _Generic: a macro costs nothing until it is used, where clang's own header
// defines some 200 inline functions (3.7 ms). An integer counts as a double.
#ifndef _TGMATH_H
#define _TGMATH_H

#include <math.h>
#ifndef __cplusplus // overloads there
#include <complex.h>

// The chosen function, by the type of one argument or of the sum of several.
#define _TG_REAL(x, r) _Generic((x), float: r##f, long double: r##l, default: r)
#define _TG_BOTH(x, r, c) \
    _Generic((x), float: r##f, long double: r##l, float _Complex: c##f, double _Complex: c, \
        long double _Complex: c##l, default: r)
#define _TG_COMPLEX(x, c) \
    _Generic((x), float: c##f, float _Complex: c##f, long double: c##l, \
        long double _Complex: c##l, default: c)
// A value of the type that x counts as.
#define _TG_AS(x) \
    _Generic((x), float: 0.0F, long double: 0.0L, float _Complex: (float _Complex)0, \
        double _Complex: (double _Complex)0, long double _Complex: (long double _Complex)0, \
        default: 0.0)

#define acos(x) _TG_BOTH(x, acos, cacos)(x)
#define asin(x) _TG_BOTH(x, asin, casin)(x)
#define atan(x) _TG_BOTH(x, atan, catan)(x)
#define cos(x) _TG_BOTH(x, cos, ccos)(x)
#define sin(x) _TG_BOTH(x, sin, csin)(x)
#define tan(x) _TG_BOTH(x, tan, ctan)(x)
#define acosh(x) _TG_BOTH(x, acosh, cacosh)(x)
#define asinh(x) _TG_BOTH(x, asinh, casinh)(x)
#define atanh(x) _TG_BOTH(x, atanh, catanh)(x)
#define cosh(x) _TG_BOTH(x, cosh, ccosh)(x)
#define sinh(x) _TG_BOTH(x, sinh, csinh)(x)
#define tanh(x) _TG_BOTH(x, tanh, ctanh)(x)
#define exp(x) _TG_BOTH(x, exp, cexp)(x)
#define log(x) _TG_BOTH(x, log, clog)(x)
#define sqrt(x) _TG_BOTH(x, sqrt, csqrt)(x)
#define fabs(x) _TG_BOTH(x, fabs, cabs)(x)
#define pow(x, y) _TG_BOTH(_TG_AS(x) + _TG_AS(y), pow, cpow)(x, y)

#define carg(z) _TG_COMPLEX(z, carg)(z)
#define cimag(z) _TG_COMPLEX(z, cimag)(z)
#define conj(z) _TG_COMPLEX(z, conj)(z)
#define cproj(z) _TG_COMPLEX(z, cproj)(z)
#define creal(z) _TG_COMPLEX(z, creal)(z)

#define cbrt(x) _TG_REAL(x, cbrt)(x)
#define ceil(x) _TG_REAL(x, ceil)(x)
#define erf(x) _TG_REAL(x, erf)(x)
#define erfc(x) _TG_REAL(x, erfc)(x)
#define exp2(x) _TG_REAL(x, exp2)(x)
#define expm1(x) _TG_REAL(x, expm1)(x)
#define floor(x) _TG_REAL(x, floor)(x)
#define ilogb(x) _TG_REAL(x, ilogb)(x)
#define lgamma(x) _TG_REAL(x, lgamma)(x)
#define llrint(x) _TG_REAL(x, llrint)(x)
#define llround(x) _TG_REAL(x, llround)(x)
#define log10(x) _TG_REAL(x, log10)(x)
#define log1p(x) _TG_REAL(x, log1p)(x)
#define log2(x) _TG_REAL(x, log2)(x)
#define logb(x) _TG_REAL(x, logb)(x)
#define lrint(x) _TG_REAL(x, lrint)(x)
#define lround(x) _TG_REAL(x, lround)(x)
#define nearbyint(x) _TG_REAL(x, nearbyint)(x)
#define rint(x) _TG_REAL(x, rint)(x)
#define round(x) _TG_REAL(x, round)(x)
#define tgamma(x) _TG_REAL(x, tgamma)(x)
#define trunc(x) _TG_REAL(x, trunc)(x)

#define atan2(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), atan2)(x, y)
#define copysign(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), copysign)(x, y)
#define fdim(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), fdim)(x, y)
#define fmax(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), fmax)(x, y)
#define fmin(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), fmin)(x, y)
#define fmod(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), fmod)(x, y)
#define hypot(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), hypot)(x, y)
#define nextafter(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), nextafter)(x, y)
#define remainder(x, y) _TG_REAL(_TG_AS(x) + _TG_AS(y), remainder)(x, y)
#define remquo(x, y, quotient) _TG_REAL(_TG_AS(x) + _TG_AS(y), remquo)(x, y, quotient)
#define fma(x, y, z) _TG_REAL(_TG_AS(x) + _TG_AS(y) + _TG_AS(z), fma)(x, y, z)

#define frexp(x, exponent) _TG_REAL(x, frexp)(x, exponent)
#define ldexp(x, exponent) _TG_REAL(x, ldexp)(x, exponent)
#define scalbn(x, n) _TG_REAL(x, scalbn)(x, n)
#define scalbln(x, n) _TG_REAL(x, scalbln)(x, n)
#define nexttoward(x, y) _TG_REAL(x, nexttoward)(x, y)

#endif
#endif
