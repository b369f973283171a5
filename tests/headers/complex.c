// <complex.h>: every function in three precisions, every macro.
#include <complex.h>
#include <math.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)
#define IS(e, type) _Static_assert(_Generic((e), type: 1, default: 0), #e " is " #type)
#define NEAR(z, w, scale) (cabsl((z) - (w)) <= (scale) * (1 + cabsl(w)))
// At 0.5 + 0.25 i, against what the function's inverse or definition says.
#define EACH(name, want) \
    do { \
        volatile float complex z = CMPLXF(0.5F, 0.25F); \
        IS(name##f(z), float complex); \
        IS(name(z), double complex); \
        IS(name##l(z), long double complex); \
        EXPECT(NEAR(name##f(z), want, 1e-6L)); \
        EXPECT(NEAR(name(z), want, 2e-15L)); \
        EXPECT(NEAR(name##l(z), want, 2e-15L)); \
    } while (0)
#define EACH_REAL(name, want) \
    do { \
        volatile float complex z = CMPLXF(0.5F, 0.25F); \
        IS(name##f(z), float); \
        IS(name(z), double); \
        IS(name##l(z), long double); \
        EXPECT(NEAR(name##f(z), (long double complex)(want), 1e-6L)); \
        EXPECT(NEAR(name(z), (long double complex)(want), 2e-15L)); \
        EXPECT(NEAR(name##l(z), (long double complex)(want), 2e-15L)); \
    } while (0)

int check_complex(void) {
    const long double complex z = CMPLXL(0.5L, 0.25L);
    const long double complex e = expl(0.5L) * (cosl(0.25L) + I * sinl(0.25L));
    EACH(cexp, e);
    EACH(csin, sinl(0.5L) * coshl(0.25L) + I * cosl(0.5L) * sinhl(0.25L));
    EACH(ccos, cosl(0.5L) * coshl(0.25L) - I * sinl(0.5L) * sinhl(0.25L));
    EACH(ctan, csinl(z) / ccosl(z));
    EACH(csinh, (e - 1 / e) / 2);
    EACH(ccosh, (e + 1 / e) / 2);
    EACH(ctanh, (e - 1 / e) / (e + 1 / e));
    EACH(clog, logl(cabsl(z)) + I * atan2l(0.25L, 0.5L));
    EACH(csqrt, cexpl(clogl(z) / 2));
    EACH(casin, -I * clogl(I * z + csqrtl(1 - z * z)));
    EACH(cacos, acosl(0) - casinl(z));
    EACH(catan, I / 2 * (clogl(1 - I * z) - clogl(1 + I * z)));
    EACH(casinh, clogl(z + csqrtl(z * z + 1)));
    EACH(cacosh, clogl(z + csqrtl(z + 1) * csqrtl(z - 1)));
    EACH(catanh, (clogl(1 + z) - clogl(1 - z)) / 2);
    EACH(conj, CMPLXL(0.5L, -0.25L));
    EACH(cproj, z);
    EACH_REAL(cabs, sqrtl(0.3125L));
    EACH_REAL(carg, atan2l(0.25L, 0.5L));
    EACH_REAL(creal, 0.5L);
    EACH_REAL(cimag, 0.25L);
    EXPECT(NEAR(cpowf(CMPLXF(0.5F, 0.25F), 2), z * z, 1e-6L));
    EXPECT(NEAR(cpow(CMPLX(0.5, 0.25), 2), z * z, 1e-15L) && NEAR(cpowl(z, 2), z * z, 1e-15L));

    IS(CMPLXF(1, 2), float complex);
    IS(CMPLX(1, 2), double complex);
    IS(CMPLXL(1, 2), long double complex);
    IS(I, float complex);
    EXPECT(I * I == -1 && _Complex_I == I && creal(CMPLX(HUGE_VAL, NAN)) == HUGE_VAL);
    EXPECT(signbit(cimag(CMPLX(1, -0.0))) && isinf(creal(cproj(CMPLX(NAN, -HUGE_VAL)))));
    volatile double complex p = CMPLX(1, 2), q = CMPLX(3, -4);
    EXPECT(p * q == CMPLX(11, 2) && p * q / q == p);
#ifndef __STRICT_ANSI__
    EACH(clog10, clogl(z) / logl(10));
#endif
    return 0;
}
