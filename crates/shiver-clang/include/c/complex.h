// C17's <complex.h>. Ours: prototypes and builtins only.
#ifndef _COMPLEX_H
#define _COMPLEX_H

#include <_shiver.h>

#define complex _Complex
#define _Complex_I (__extension__ 1.0iF)
#define I _Complex_I
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#define CMPLXF(x, y) __builtin_complex((float)(x), (float)(y))
#define CMPLXL(x, y) __builtin_complex((long double)(x), (long double)(y))

_C_BEGIN

typedef double _Complex _CD(double _Complex);
typedef double _RD(double _Complex);
_CD cacos, casin, catan, ccos, csin, ctan, cacosh, casinh, catanh, ccosh, csinh, ctanh, cexp, clog,
    csqrt, conj, cproj;
_RD cabs, carg, creal, cimag;
double _Complex cpow(double _Complex, double _Complex);

typedef float _Complex _CF(float _Complex);
typedef float _RF(float _Complex);
_CF cacosf, casinf, catanf, ccosf, csinf, ctanf, cacoshf, casinhf, catanhf, ccoshf, csinhf, ctanhf,
    cexpf, clogf, csqrtf, conjf, cprojf;
_RF cabsf, cargf, crealf, cimagf;
float _Complex cpowf(float _Complex, float _Complex);

typedef long double _Complex _CL(long double _Complex);
typedef long double _RL(long double _Complex);
_CL cacosl, casinl, catanl, ccosl, csinl, ctanl, cacoshl, casinhl, catanhl, ccoshl, csinhl, ctanhl,
    cexpl, clogl, csqrtl, conjl, cprojl;
_RL cabsl, cargl, creall, cimagl;
long double _Complex cpowl(long double _Complex, long double _Complex);

#if _EXTRA
_CD clog10;
_CF clog10f;
_CL clog10l;
#endif

_C_END
#endif
