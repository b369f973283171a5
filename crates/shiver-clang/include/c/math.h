// C17's <math.h>, and what glibc adds to it: Bessel functions, exp10, sincos, M_PI. Ours, because
// plain prototypes parse in a tenth of the time that glibc's macros take.
#ifndef _MATH_H
#define _MATH_H

#include <_shiver.h>

#define HUGE_VAL (__builtin_huge_val())
#define HUGE_VALF (__builtin_huge_valf())
#define HUGE_VALL (__builtin_huge_vall())
#undef INFINITY
#define INFINITY (__builtin_inff())
#undef NAN
#define NAN (__builtin_nanf(""))

#define FP_NAN 0
#define FP_INFINITE 1
#define FP_ZERO 2
#define FP_SUBNORMAL 3
#define FP_NORMAL 4

#define FP_ILOGB0 (-__INT_MAX__ - 1)
#ifdef __aarch64__
#define FP_ILOGBNAN __INT_MAX__
#else
#define FP_ILOGBNAN (-__INT_MAX__ - 1)
#endif
#ifdef __FP_FAST_FMA
#define FP_FAST_FMA 1
#endif
#ifdef __FP_FAST_FMAF
#define FP_FAST_FMAF 1
#endif

#define MATH_ERRNO 1
#define MATH_ERREXCEPT 2
#if defined __FAST_MATH__
#define math_errhandling 0
#elif defined __NO_MATH_ERRNO__
#define math_errhandling MATH_ERREXCEPT
#else
#define math_errhandling (MATH_ERRNO | MATH_ERREXCEPT)
#endif

#define M_E 2.7182818284590452354
#define M_LOG2E 1.4426950408889634074
#define M_LOG10E 0.43429448190325182765
#define M_LN2 0.69314718055994530942
#define M_LN10 2.30258509299404568402
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_1_PI 0.31830988618379067154
#define M_2_PI 0.63661977236758134308
#define M_2_SQRTPI 1.12837916709551257390
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440

#ifndef __cplusplus // functions there: <cmath>
#define fpclassify(x) \
    __builtin_fpclassify(FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO, x)
#define isfinite(x) __builtin_isfinite(x)
#define isinf(x) __builtin_isinf_sign(x)
#define isnan(x) __builtin_isnan(x)
#define isnormal(x) __builtin_isnormal(x)
#define signbit(x) __builtin_signbit(x)
#define isgreater(x, y) __builtin_isgreater(x, y)
#define isgreaterequal(x, y) __builtin_isgreaterequal(x, y)
#define isless(x, y) __builtin_isless(x, y)
#define islessequal(x, y) __builtin_islessequal(x, y)
#define islessgreater(x, y) __builtin_islessgreater(x, y)
#define isunordered(x, y) __builtin_isunordered(x, y)
#endif

_C_BEGIN

#if __FLT_EVAL_METHOD__ == 2
typedef long double float_t, double_t;
#elif __FLT_EVAL_METHOD__ == 1
typedef double float_t, double_t;
#else
typedef float float_t;
typedef double double_t;
#endif

typedef double _D1(double), _D2(double, double), _Di(double, int);
_D1 acos, asin, atan, cos, sin, tan, acosh, asinh, atanh, cosh, sinh, tanh, exp, exp2, expm1, log,
    log10, log1p, log2, logb, cbrt, fabs, sqrt, erf, erfc, lgamma, tgamma, ceil, floor, nearbyint,
    rint, round, trunc;
_D2 pow, hypot, atan2, fmod, remainder, copysign, nextafter, fdim, fmax, fmin;
_Di ldexp, scalbn;
double fma(double, double, double), remquo(double, double, int *), nexttoward(double, long double),
    frexp(double, int *), modf(double, double *), scalbln(double, long), nan(const char *);
int ilogb(double);
long lrint(double), lround(double);
long long llrint(double), llround(double);

typedef float _F1(float), _F2(float, float), _Fi(float, int);
_F1 acosf, asinf, atanf, cosf, sinf, tanf, acoshf, asinhf, atanhf, coshf, sinhf, tanhf, expf, exp2f,
    expm1f, logf, log10f, log1pf, log2f, logbf, cbrtf, fabsf, sqrtf, erff, erfcf, lgammaf, tgammaf,
    ceilf, floorf, nearbyintf, rintf, roundf, truncf;
_F2 powf, hypotf, atan2f, fmodf, remainderf, copysignf, nextafterf, fdimf, fmaxf, fminf;
_Fi ldexpf, scalbnf;
float fmaf(float, float, float), remquof(float, float, int *), nexttowardf(float, long double),
    frexpf(float, int *), modff(float, float *), scalblnf(float, long), nanf(const char *);
int ilogbf(float);
long lrintf(float), lroundf(float);
long long llrintf(float), llroundf(float);

typedef long double _L1(long double), _L2(long double, long double), _Li(long double, int);
_L1 acosl, asinl, atanl, cosl, sinl, tanl, acoshl, asinhl, atanhl, coshl, sinhl, tanhl, expl, exp2l,
    expm1l, logl, log10l, log1pl, log2l, logbl, cbrtl, fabsl, sqrtl, erfl, erfcl, lgammal, tgammal,
    ceill, floorl, nearbyintl, rintl, roundl, truncl;
_L2 powl, hypotl, atan2l, fmodl, remainderl, copysignl, nextafterl, fdiml, fmaxl, fminl;
_Li ldexpl, scalbnl;
long double fmal(long double, long double, long double), remquol(long double, long double, int *),
    nexttowardl(long double, long double), frexpl(long double, int *),
    modfl(long double, long double *), scalblnl(long double, long), nanl(const char *);
int ilogbl(long double);
long lrintl(long double), lroundl(long double);
long long llrintl(long double), llroundl(long double);

#if _EXTRA
// clang does not know these by name, so we say what it assumes of sin: errno is not looked at.
#define _CONST __attribute__((__const__))
extern int signgam;

_CONST _D1 exp10, j0, j1, y0, y1, roundeven, nextup, nextdown, significand;
_CONST _D2 drem, scalb;
_CONST double jn(int, double), yn(int, double);
_D1 gamma;
double lgamma_r(double, int *);
int finite(double);
void sincos(double, double *, double *);

_CONST _F1 exp10f, j0f, j1f, y0f, y1f, roundevenf, nextupf, nextdownf, significandf;
_CONST _F2 dremf, scalbf;
_CONST float jnf(int, float), ynf(int, float);
_F1 gammaf;
float lgammaf_r(float, int *);
int finitef(float), isinff(float), isnanf(float);
void sincosf(float, float *, float *);

_CONST _L1 exp10l, j0l, j1l, y0l, y1l, roundevenl, nextupl, nextdownl, significandl;
_CONST _L2 dreml, scalbl;
_CONST long double jnl(int, long double), ynl(int, long double);
_L1 gammal;
long double lgammal_r(long double, int *);
int finitel(long double), isinfl(long double), isnanl(long double);
void sincosl(long double, long double *, long double *);

#undef _CONST
#endif

_C_END
#endif
