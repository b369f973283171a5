// <tgmath.h>: each macro takes the function that its arguments' types ask for.
#include <tgmath.h>

#define IS(e, type) _Static_assert(_Generic((e), type: 1, default: 0), #e " is " #type)
// Of one argument, real or complex.
#define BOTH(name) \
    IS(name(i), double); \
    IS(name(f), float); \
    IS(name(d), double); \
    IS(name(l), long double); \
    IS(name(fz), float complex); \
    IS(name(dz), double complex); \
    IS(name(lz), long double complex)
#define REAL1(name) \
    IS(name(i), double); \
    IS(name(f), float); \
    IS(name(d), double); \
    IS(name(l), long double)
#define REAL2(name) \
    IS(name(i, i), double); \
    IS(name(f, f), float); \
    IS(name(f, i), double); \
    IS(name(f, d), double); \
    IS(name(l, f), long double)
#define SCALE(name, by) \
    IS(name(i, by), double); \
    IS(name(f, by), float); \
    IS(name(d, by), double); \
    IS(name(l, by), long double)
#define PART(name, kind) \
    IS(name(i), double kind); \
    IS(name(f), float kind); \
    IS(name(dz), double kind); \
    IS(name(fz), float kind); \
    IS(name(l), long double kind); \
    IS(name(lz), long double kind)
#define INTEGER(name, type) \
    IS(name(f), type); \
    IS(name(d), type); \
    IS(name(l), type)
#define NOTHING
#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)

int check_tgmath(void) {
    int i = 1, e;
    const float f = 0.5F;
    volatile double d = 0.5;
    long double l = 0.5L;
    float complex fz = 0.5F;
    double complex dz = CMPLX(0.5, 0);
    long double complex lz = 0.5L;

    BOTH(acos);
    BOTH(asin);
    BOTH(atan);
    BOTH(acosh);
    BOTH(asinh);
    BOTH(atanh);
    BOTH(cos);
    BOTH(sin);
    BOTH(tan);
    BOTH(cosh);
    BOTH(sinh);
    BOTH(tanh);
    BOTH(exp);
    BOTH(log);
    BOTH(sqrt);
    REAL1(cbrt);
    REAL1(ceil);
    REAL1(erf);
    REAL1(erfc);
    REAL1(exp2);
    REAL1(expm1);
    REAL1(floor);
    REAL1(lgamma);
    REAL1(log10);
    REAL1(log1p);
    REAL1(log2);
    REAL1(logb);
    REAL1(nearbyint);
    REAL1(rint);
    REAL1(round);
    REAL1(tgamma);
    REAL1(trunc);
    REAL2(atan2);
    REAL2(copysign);
    REAL2(fdim);
    REAL2(fmax);
    REAL2(fmin);
    REAL2(fmod);
    REAL2(hypot);
    REAL2(nextafter);
    REAL2(remainder);
    SCALE(ldexp, 2);
    SCALE(scalbn, 2);
    SCALE(scalbln, 2L);
    SCALE(frexp, &e);
    SCALE(nexttoward, 1.0L);
    INTEGER(ilogb, int);
    INTEGER(lrint, long);
    INTEGER(lround, long);
    INTEGER(llrint, long long);
    INTEGER(llround, long long);
    PART(carg, NOTHING);
    PART(cimag, NOTHING);
    PART(creal, NOTHING);
    PART(conj, complex);
    PART(cproj, complex);
    IS(fabs(f), float);
    IS(fabs(l), long double);
    IS(fabs(fz), float);
    IS(fabs(dz), double);
    IS(remquo(f, f, &e), float);
    IS(remquo(f, i, &e), double);
    IS(fma(f, f, f), float);
    IS(fma(f, i, f), double);
    IS(fma(f, l, d), long double);
    IS(pow(i, i), double);
    IS(pow(f, f), float);
    IS(pow(f, fz), float complex);
    IS(pow(i, fz), double complex);
    IS(pow(d, lz), long double complex);

    EXPECT(sqrt(d) == (sqrt)(0.5) && sqrt(f) == sqrtf(0.5F));
    EXPECT(creal(sqrt(dz)) == (creal)((csqrt)(dz)));
    EXPECT(fabs(CMPLX(3, 4)) == 5 && fabs(-f) == 0.5F && sin(cos(exp(l))) == sinl(cosl(expl(l))));
    (void)i, (void)fz, (void)lz;
    return 0;
}
