// <fenv.h>: rounding modes, flags, environments. The environment is as before on return.
#include <fenv.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)

#ifdef __x86_64__
_Static_assert(sizeof(fenv_t) == 32 && sizeof(fexcept_t) == 2, "as in glibc");
#endif

int check_fenv(void) {
    fenv_t before, held;
    fexcept_t flags;
    volatile double one = 1, three = 3, zero = 0, r;
    const int modes[] = {FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO, FE_TONEAREST};
    EXPECT(fegetenv(&before) == 0 && fegetround() == FE_TONEAREST);
    for (int i = 0; i < 4; ++i)
        EXPECT(fesetround(modes[i]) == 0 && fegetround() == modes[i]);

    EXPECT(feclearexcept(FE_ALL_EXCEPT) == 0 && fetestexcept(FE_ALL_EXCEPT) == 0);
    r = one / zero;
    EXPECT(fetestexcept(FE_DIVBYZERO | FE_OVERFLOW) == FE_DIVBYZERO);
    r = zero / zero;
    EXPECT(fetestexcept(FE_INVALID));
    EXPECT(fegetexceptflag(&flags, FE_ALL_EXCEPT) == 0 && feclearexcept(FE_ALL_EXCEPT) == 0);
    r = one / three;
    EXPECT(fetestexcept(FE_ALL_EXCEPT) == FE_INEXACT);
    EXPECT(fesetexceptflag(&flags, FE_ALL_EXCEPT) == 0);
    EXPECT(fetestexcept(FE_INVALID | FE_DIVBYZERO) == (FE_INVALID | FE_DIVBYZERO));
    EXPECT(feholdexcept(&held) == 0 && fetestexcept(FE_ALL_EXCEPT) == 0);
    EXPECT(feraiseexcept(FE_UNDERFLOW) == 0 && fetestexcept(FE_UNDERFLOW));
    EXPECT(feupdateenv(&held) == 0 && fetestexcept(FE_UNDERFLOW) && fetestexcept(FE_INVALID));
    EXPECT(fesetenv(FE_DFL_ENV) == 0 && fetestexcept(FE_ALL_EXCEPT) == 0);
#ifndef __STRICT_ANSI__
    EXPECT(fegetexcept() == 0 && feenableexcept(FE_INVALID) != -1 && FE_NOMASK_ENV != FE_DFL_ENV);
    EXPECT(fedisableexcept(FE_ALL_EXCEPT) != -1 && fegetexcept() == 0);
#endif
    (void)r;
    return fesetenv(&before) ? __LINE__ : 0;
}
