// <math.h>: every function in three precisions, every macro, every constant.
#include <math.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)
#define IS(e, type) _Static_assert(_Generic((e), type: 1, default: 0), #e " is " #type)

static int near(long double x, long double y, long double scale) {
    return fabsl(x - y) <= scale * (1 + fabsl(y));
}
// The three precisions of a function of one argument, at a value that float has exactly.
#define EACH(name, x, want) \
    do { \
        volatile float a = x; \
        IS(name##f(a), float); \
        IS(name(a), double); \
        IS(name##l(a), long double); \
        EXPECT(near(name##f(a), want, 1e-6L)); \
        EXPECT(near(name(a), want, 1e-15L)); \
        EXPECT(near(name##l(a), want, 1e-15L)); \
    } while (0)
#define EACH2(name, x, y, want) \
    do { \
        volatile float a = x, b = y; \
        IS(name##f(a, b), float); \
        IS(name(a, b), double); \
        IS(name##l(a, b), long double); \
        EXPECT(near(name##f(a, b), want, 1e-6L)); \
        EXPECT(near(name(a, b), want, 1e-15L)); \
        EXPECT(near(name##l(a, b), want, 1e-15L)); \
    } while (0)
#define EACH_INTEGER(name, x, want) \
    do { \
        volatile float a = x; \
        EXPECT(name##f(a) == (want) && name(a) == (want) && name##l(a) == (want)); \
    } while (0)

_Static_assert(FP_NAN == 0 && FP_INFINITE == 1 && FP_ZERO == 2 && FP_SUBNORMAL == 3, "as in glibc");
_Static_assert(FP_NORMAL == 4 && MATH_ERRNO == 1 && MATH_ERREXCEPT == 2, "as in glibc");
_Static_assert(sizeof(float_t) >= 4 && sizeof(double_t) >= 8, "at least as wide");

static int check_functions(void) {
    EACH(acos, 0.5, 1.0471975511965979L);
    EACH(asin, 0.5, 0.52359877559829893L);
    EACH(atan, 0.5, 0.46364760900080609L);
    EACH(cos, 0.5, 0.87758256189037276L);
    EACH(sin, 0.5, 0.47942553860420301L);
    EACH(tan, 0.5, 0.54630248984379048L);
    EACH(asinh, 0.5, 0.48121182505960347L);
    EACH(atanh, 0.5, 0.54930614433405478L);
    EACH(cosh, 0.5, 1.1276259652063807L);
    EACH(sinh, 0.5, 0.52109530549374738L);
    EACH(tanh, 0.5, 0.46211715726000974L);
    EACH(exp, 0.5, 1.6487212707001282L);
    EACH(expm1, 0.5, 0.64872127070012819L);
    EACH(log, 0.5, -0.69314718055994529L);
    EACH(log10, 0.5, -0.3010299956639812L);
    EACH(log1p, 0.5, 0.40546510810816438L);
    EACH(log2, 0.5, -1L);
    EACH(fabs, 0.5, 0.5L);
    EACH(sqrt, 0.5, 0.70710678118654757L);
    EACH(erf, 0.5, 0.52049987781304652L);
    EACH(erfc, 0.5, 0.47950012218695348L);
    EACH(lgamma, 0.5, 0.57236494292470042L);
    EACH(acosh, 1.5, 0.96242365011920694L);
    EACH(exp2, 0.5, 1.4142135623730951L);
    EACH(cbrt, 27, 3.0L);
    EACH(tgamma, 5, 24.0L);
    EACH(logb, 10, 3.0L);
    EACH(ceil, 2.5, 3);
    EACH(floor, -2.5, -3);
    EACH(nearbyint, 2.5, 2);
    EACH(rint, 3.5, 4);
    EACH(round, 2.5, 3);
    EACH(trunc, -2.5, -2);

    EACH2(pow, 2, 0.5, 1.4142135623730950488L);
    EACH2(hypot, 3, 4, 5);
    EACH2(atan2, 1, -1, 2.3561944901923449288L);
    EACH2(fmod, 7, 4, 3);
    EACH2(remainder, 7, 4, -1);
    EACH2(copysign, 2, -0.0, -2);
    EACH2(nextafter, 1, 2, 1);
    EACH2(nexttoward, 1, 2, 1);
    EACH2(fdim, 5, 3, 2);
    EACH2(fmax, 5, 3, 5);
    EACH2(fmin, 5, 3, 3);
    EACH2(ldexp, 3, 4, 48);
    EACH2(scalbn, 3, 4, 48);
    EACH2(scalbln, 3, 4, 48);
    EXPECT(nextafterf(1, 2) == 1 + 0x1p-23f && nextafter(1, 2) == 1 + 0x1p-52);
    EXPECT(nexttoward(1, 2) == 1 + 0x1p-52 && nextafterl(1, 2) > 1);

    volatile double third = 1.0 / 3;
    EXPECT(fma(third, 3, -1) == -0x1p-54 && fmaf(2, 3, 4) == 10 && fmal(2, 3, 4) == 10);

    EACH_INTEGER(ilogb, 10, 3);
    EACH_INTEGER(lrint, 2.5, 2);
    EACH_INTEGER(lround, 2.5, 3);
    EACH_INTEGER(llrint, -3.5, -4);
    EACH_INTEGER(llround, -2.5, -3);
    EXPECT(ilogb(0.0) == FP_ILOGB0 && ilogb(NAN) == FP_ILOGBNAN);

    int e, q;
    float wholef;
    double whole;
    long double wholel;
    EXPECT(frexpf(48, &e) == 0.75f && e == 6 && frexp(48, &e) == 0.75 && frexpl(48, &e) == 0.75L);
    EXPECT(modff(2.25f, &wholef) == 0.25f && wholef == 2 && modf(-2.25, &whole) == -0.25);
    EXPECT(whole == -2 && modfl(2.25L, &wholel) == 0.25L && wholel == 2);
    EXPECT(remquof(7, 4, &q) == -1 && q == 2 && remquo(7, 4, &q) == -1 && remquol(7, 4, &q) == -1);
    EXPECT(isnan(nanf("")) && isnan(nan("1")) && isnan(nanl("")));
    return 0;
}

static int check_classification(void) {
    volatile double zero = 0, one = 1, tiny = 0x1p-1074;
    volatile float big = HUGE_VALF;
    volatile long double nothing = NAN;
    EXPECT(fpclassify(zero) == FP_ZERO && fpclassify(one) == FP_NORMAL);
    EXPECT(fpclassify(tiny) == FP_SUBNORMAL && fpclassify(big) == FP_INFINITE);
    EXPECT(fpclassify(nothing) == FP_NAN);
    EXPECT(isfinite(one) && !isfinite(big) && isinf(big) && isinf(-big) == -1 && !isinf(nothing));
    EXPECT(isnan(nothing) && !isnan(one) && isnormal(one) && !isnormal(tiny));
    EXPECT(signbit(-one) && !signbit(one) && signbit(-zero));
    EXPECT(isgreater(one, zero) && isgreaterequal(one, one) && isless(zero, one));
    EXPECT(islessequal(one, one) && islessgreater(one, zero) && isunordered(one, nothing));
    EXPECT(!isgreater(nothing, one) && !isunordered(one, zero));
    EXPECT(HUGE_VAL > 1e308 && HUGE_VALL > 1e4000L && INFINITY == HUGE_VALF && NAN != NAN);
    IS(HUGE_VALF, float);
    IS(HUGE_VAL, double);
    IS(HUGE_VALL, long double);
    IS(INFINITY, float);
    IS(NAN, float);
    EXPECT((math_errhandling & ~(MATH_ERRNO | MATH_ERREXCEPT)) == 0);
    return 0;
}

static int check_constants(void) {
    EXPECT(M_E == exp(1) && near(M_LOG2E, 1 / logl(2), 1e-16L));
    EXPECT(near(M_LOG10E, log10l(M_E), 1e-16L));
    EXPECT(M_LN2 == log(2) && M_LN10 == log(10) && M_PI == acos(-1) && M_PI_2 == M_PI / 2);
    EXPECT(M_PI_4 == M_PI / 4 && M_1_PI == 1 / M_PI && M_2_PI == 2 / M_PI);
    EXPECT(near(M_2_SQRTPI, 2 / sqrt(M_PI), 1e-15L) && M_SQRT2 == sqrt(2));
    EXPECT(M_SQRT1_2 == sqrt(0.5));
    return 0;
}

// What glibc has beside the standard: there unless -std=c17 or the like says no.
static int check_additions(void) {
#ifndef __STRICT_ANSI__
    EACH(exp10, 2, 100);
    EACH(j0, 1, 0.76519768655796655145L);
    EACH(j1, 1, 0.44005058574493351596L);
    EACH(y0, 1, 0.088256964215676957983L);
    EACH(y1, 1, -0.78121282130028871655L);
    EACH(gamma, 3, 0.69314718055994530942L);
    EACH(roundeven, 2.5, 2);
    EACH(nextup, 1, 1);
    EACH(nextdown, 1, 1);
    EACH(significand, 12, 1.5L);
    EACH2(drem, 7, 4, -1);
    EACH2(scalb, 3, 4, 48);
    EXPECT(near(jn(2, 1), 0.11490348493190048047L, 1e-15L));
    EXPECT(near(jnf(2, 1), 0.1149034849L, 1e-6L));
    EXPECT(near(yn(2, 1), -1.6506826068162545433L, 1e-15L));
    EXPECT(near(ynf(2, 1), -1.650682607L, 1e-6L));
    EXPECT(near(jnl(2, 1), jn(2, 1), 1e-15L) && near(ynl(2, 1), yn(2, 1), 1e-15L));

    int sign;
    volatile double half = -0.5; // its gamma is -2 sqrt(pi)
    EXPECT(near(lgamma_r(half, &sign), 1.2655121234846454L, 1e-15L) && sign == -1);
    EXPECT(near(lgammaf_r(half, &sign), 1.2655121L, 1e-6L) && sign == -1);
    EXPECT(near(lgammal_r(half, &sign), 1.2655121234846454L, 1e-15L) && sign == -1);
    lgamma(half);
    EXPECT(signgam == -1 || signgam == 0); // 0 where the call was dropped, its result being unused

    float sf, cf;
    double s, c;
    long double sl, cl;
    sincosf(0.5f, &sf, &cf);
    sincos(0.5, &s, &c);
    sincosl(0.5L, &sl, &cl);
    EXPECT(near(sf, sinl(0.5L), 1e-6L) && near(cf, cosl(0.5L), 1e-6L));
    EXPECT(near(s, sinl(0.5L), 1e-15L));
    EXPECT(near(c, cosl(0.5L), 1e-15L) && near(sl, sinl(0.5L), 1e-18L));
    EXPECT(near(cl, cosl(0.5L), 1e-18L));
    EXPECT(finite(1) && finitef(1) && finitel(1) && !finite(HUGE_VAL));
    EXPECT((isinff)(HUGE_VALF) && (isinfl)(HUGE_VALL) && (isnanf)(NAN) && (isnanl)(NAN));
#endif
    return 0;
}

int check_math(void) {
    int line;
    if ((line = check_functions()) || (line = check_classification()) ||
        (line = check_constants()) || (line = check_additions()))
        return line;
    return 0;
}
