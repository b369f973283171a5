// C17's <fenv.h> and glibc's trap control. Shiver's loops assume the default environment: a body
// may read flags and modes, but the loop around it does not keep them.
#ifndef _FENV_H
#define _FENV_H

#include <_shiver.h>

#ifdef __aarch64__
#define FE_INVALID 0x01
#define FE_DIVBYZERO 0x02
#define FE_OVERFLOW 0x04
#define FE_UNDERFLOW 0x08
#define FE_INEXACT 0x10
#define FE_ALL_EXCEPT 0x1f
#define FE_TONEAREST 0
#define FE_UPWARD 0x400000
#define FE_DOWNWARD 0x800000
#define FE_TOWARDZERO 0xc00000
typedef unsigned int fexcept_t;
typedef struct {
    unsigned int __fpcr, __fpsr;
} fenv_t;
#else
#define FE_INVALID 0x01
#define FE_DIVBYZERO 0x04
#define FE_OVERFLOW 0x08
#define FE_UNDERFLOW 0x10
#define FE_INEXACT 0x20
#define FE_ALL_EXCEPT 0x3d
#define FE_TONEAREST 0
#define FE_DOWNWARD 0x400
#define FE_UPWARD 0x800
#define FE_TOWARDZERO 0xc00
typedef unsigned short fexcept_t;
typedef struct { // what fnstenv stores, then mxcsr
    unsigned int __x87[7], __mxcsr;
} fenv_t;
#endif

#define FE_DFL_ENV ((const fenv_t *)-1)

_C_BEGIN

int feclearexcept(int), fegetexceptflag(fexcept_t *, int), feraiseexcept(int),
    fesetexceptflag(const fexcept_t *, int), fetestexcept(int);
int fegetround(void), fesetround(int);
int fegetenv(fenv_t *), feholdexcept(fenv_t *), fesetenv(const fenv_t *),
    feupdateenv(const fenv_t *);

#if _EXTRA
#define FE_NOMASK_ENV ((const fenv_t *)-2)
int feenableexcept(int), fedisableexcept(int), fegetexcept(void);
#endif

_C_END
#endif
