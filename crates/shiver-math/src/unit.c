/* The functions of one precision for one instruction set.
 *
 * SLEEF's source is included instead of compiled: all that it defines is static here, so that the compiler drops what
 * is not used, and no name of SLEEF's meets that of another copy in the process. The rest of the library sees the
 * entries alone, whose list the build script writes. */

#define _GNU_SOURCE 1

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "misc.h"

#undef EXPORT
#define EXPORT static __attribute__((unused))

#ifdef SHIVER_DOUBLE
#include "sleefsimddp.c"
typedef vdouble vector;
typedef double scalar;
#define SLEEF(name, suffix) x##name##suffix
#define BROADCAST vcast_vd_d
#define SELECT vsel_vd_vo_vd_vd
#define LESS vlt_vo_vd_vd
#define MAGNITUDE vabs_vd_vd
#define NEGATED vneg_vd_vd
#define IS_NAN visnan_vo_vd
#define ALL vtestallones_i_vo64
#else
#include "sleefsimdsp.c"
typedef vfloat vector;
typedef float scalar;
#define SLEEF(name, suffix) x##name##f##suffix
#define BROADCAST vcast_vf_f
#define SELECT vsel_vf_vo_vf_vf
#define LESS vlt_vo_vf_vf
#define MAGNITUDE vabs_vf_vf
#define NEGATED vneg_vf_vf
#define IS_NAN visnan_vo_vf
#define ALL vtestallones_i_vo32
#endif

#include "mend.h"

/* Which NaN comes out of arithmetic on NaNs depends on the order of operands, which compilers choose. Here it is always
 * the same one. */
static INLINE vector settle(vector r) {
  return SELECT(IS_NAN(r), BROADCAST((scalar)__builtin_nan("")), r);
}

#define ENTRY __attribute__((visibility("hidden")))

#define UNARY(name, suffix, symbol) \
  ENTRY vector entry_##name##suffix(vector) __asm__(symbol); \
  vector entry_##name##suffix(vector x) { return settle(SLEEF(name, suffix)(x)); }

#define UNARY_MENDED(name, suffix, symbol) \
  ENTRY vector entry_##name##suffix(vector) __asm__(symbol); \
  vector entry_##name##suffix(vector x) { return settle(mend_##name(SLEEF(name, suffix)(x), x)); }

#define BINARY(name, suffix, symbol) \
  ENTRY vector entry_##name##suffix(vector, vector) __asm__(symbol); \
  vector entry_##name##suffix(vector x, vector y) { return settle(SLEEF(name, suffix)(x, y)); }

#define BINARY_MENDED(name, suffix, symbol) \
  ENTRY vector entry_##name##suffix(vector, vector) __asm__(symbol); \
  vector entry_##name##suffix(vector x, vector y) { return settle(mend_##name(SLEEF(name, suffix)(x, y), x, y)); }

#include SHIVER_ENTRIES
