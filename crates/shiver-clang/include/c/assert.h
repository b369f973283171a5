// C17's <assert.h>. No include guard: each inclusion follows NDEBUG anew.
#include <_shiver.h>

#undef assert
#ifdef NDEBUG
#define assert(e) ((void)0)
#else
#define assert(e) ((e) ? (void)0 : __assert_fail(#e, __FILE__, __LINE__, __func__))
#endif

#if !defined __cplusplus && __STDC_VERSION__ < 202311L
#undef static_assert
#define static_assert _Static_assert
#endif

_C_BEGIN
__attribute__((__noreturn__)) void __assert_fail(const char *, const char *, unsigned, const char *);
_C_END
