/* Where SLEEF's forms leave their bounds, and what is done there.
 *
 * Two ways of mending: near zero, where an argument is its own value, it is put in its place in all lanes at once; and
 * where computing takes more than the precision at hand, libm's function of the next wider type computes the lanes that
 * need it, one by one. Both look at a lane's own arguments and result alone, so that a lane's bits depend neither on its
 * neighbours nor on the width.
 *
 * In all functions, `r` is SLEEF's result, `x` and `y` are the arguments. */

#ifdef SHIVER_DOUBLE
typedef long double wide;
#define WIDE(name) name##l
#define WIDE_LGAMMA lgammal_r
#define FMOD fmod
#define REMAINDER remainder
#define ROOT_OF_TINY 0x1p-28 /* its square vanishes beside 1 */
#define TINY 0x1p-55         /* it vanishes beside 1 itself */
#define EXP_END 708.0        /* soon after, exp overflows */
#define SQUARE_END 0x1p500   /* soon after, a square does */
#define ERFC_END 26.0        /* soon after, erfc is subnormal */
#define ERFC_ZERO 27.3       /* and then zero */
#define TGAMMA_END -165.0    /* soon after this, tgamma is subnormal */
#define LGAMMA_END 0x1p1013  /* soon after, lgamma overflows */
#else
typedef double wide;
#define WIDE(name) name
#define WIDE_LGAMMA lgamma_r
#define FMOD fmodf
#define REMAINDER remainderf
#define ROOT_OF_TINY 0x1p-13f
#define TINY 0x1p-26f
#define EXP_END 87.0f
#define SQUARE_END 0x1p60f
#define TGAMMA_END -30.0f
#define LGAMMA_END 0x1p120f
#endif

#define UNUSED __attribute__((unused))

enum { LANES = sizeof(vector) / sizeof(scalar) };

typedef bool condition(scalar r, scalar x, scalar y);
typedef scalar computation(scalar x, scalar y);

/* Computes those lanes again for which `leaves` holds. */
static __attribute__((noinline, cold)) vector again(vector r, vector x, vector y, condition *leaves,
                                                    computation *exactly) {
  scalar rs[LANES], xs[LANES], ys[LANES];
  memcpy(rs, &r, sizeof r);
  memcpy(xs, &x, sizeof x);
  memcpy(ys, &y, sizeof y);
  for (int k = 0; k < LANES; k++)
    if (leaves(rs[k], xs[k], ys[k])) rs[k] = exactly(xs[k], ys[k]);
  memcpy(&r, rs, sizeof r);
  return r;
}

/* Whether each lane is below `end`, or is a NaN, for which nothing is to be mended. */
static INLINE bool all_below(vector x, scalar end) {
  return ALL(vor_vo_vo_vo(LESS(x, BROADCAST(end)), IS_NAN(x)));
}

static INLINE vector near_zero_itself(scalar end, vector r, vector x) {
  return SELECT(LESS(MAGNITUDE(x), BROADCAST(end)), x, r);
}

/* Mends a function of one argument where the argument's size is `end` or more. */
#define MEND_LARGE(name, end)                                                                                \
  UNUSED static bool name##_leaves(scalar r, scalar x, scalar y) { return x >= (end) || x <= -(end); }         \
  UNUSED static scalar name##_exactly(scalar x, scalar y) { return (scalar)WIDE(name)((wide)x); }              \
  static INLINE vector name##_large(vector r, vector x) {                                                      \
    return LIKELY(all_below(MAGNITUDE(x), (end))) ? r : again(r, x, x, name##_leaves, name##_exactly);         \
  }

/* Half of an exponential that overflows need not overflow. */
MEND_LARGE(sinh, EXP_END)
MEND_LARGE(cosh, EXP_END)
/* SLEEF squares the argument. */
MEND_LARGE(asinh, SQUARE_END)
MEND_LARGE(acosh, SQUARE_END)

static INLINE vector mend_acosh(vector r, vector x) { return acosh_large(r, x); }
static INLINE vector mend_asinh(vector r, vector x) { return near_zero_itself(ROOT_OF_TINY, asinh_large(r, x), x); }
static INLINE vector mend_atanh(vector r, vector x) { return near_zero_itself(ROOT_OF_TINY, r, x); }
static INLINE vector mend_cosh(vector r, vector x) { return cosh_large(r, x); }
static INLINE vector mend_expm1(vector r, vector x) { return near_zero_itself(TINY, r, x); }
static INLINE vector mend_log1p(vector r, vector x) { return near_zero_itself(TINY, r, x); }
static INLINE vector mend_sinh(vector r, vector x) { return near_zero_itself(ROOT_OF_TINY, sinh_large(r, x), x); }
static INLINE vector mend_tan(vector r, vector x) { return near_zero_itself(ROOT_OF_TINY, r, x); }
static INLINE vector mend_tanh(vector r, vector x) { return near_zero_itself(ROOT_OF_TINY, r, x); }

#ifdef SHIVER_DOUBLE
/* Around 2.2, where two of SLEEF's polynomials meet, they err by up to 1.02 ulp (2026-11). Here it is erfc's Taylor
 * series at 2.21, whose first coefficient is two numbers. */
static const double ERFC_SERIES[] = {
    -0x1.17bf8aa4bc481p-7, 0x1.351f2c66ac360p-6, -0x1.98d090b5d7847p-6,
    0x1.5cb31d0d1c6c4p-6, -0x1.73365145b9222p-7, 0x1.5df228f929283p-9,
    0x1.09239b3c7f8dfp-10, -0x1.28775753fadb0p-10, 0x1.782c0afd50b19p-12,
    0x1.646b36078f03dp-15, -0x1.3dd4589084849p-14, 0x1.6843585b79ce4p-16,
};

static INLINE vector erfc_at_a_seam(vector r, vector x) {
  vector h = vsub_vd_vd_vd(x, BROADCAST(2.21)), sum = BROADCAST(ERFC_SERIES[11]);
  for (int k = 10; k >= 0; k--) sum = vmla_vd_vd_vd_vd(sum, h, BROADCAST(ERFC_SERIES[k]));
  sum = vmla_vd_vd_vd_vd(sum, h, BROADCAST(-0x1.2c9d8e324fdcep-68));
  return SELECT(LESS(MAGNITUDE(h), BROADCAST(0.035)), vadd_vd_vd_vd(BROADCAST(0x1.d173f34d30cbap-10), sum), r);
}

/* SLEEF's factors are subnormal before their product is. */
UNUSED static bool erfc_leaves(scalar r, scalar x, scalar y) { return x >= ERFC_END && x < ERFC_ZERO; }
UNUSED static scalar erfc_exactly(scalar x, scalar y) { return (scalar)WIDE(erfc)((wide)x); }
static INLINE vector mend_erfc(vector r, vector x) {
  r = erfc_at_a_seam(r, x);
  return LIKELY(all_below(x, ERFC_END)) ? r : again(r, x, x, erfc_leaves, erfc_exactly);
}
#else
/* SLEEF's form for `float` errs by up to 1.15 ulp around 2.2 (2026-11), and by more where its factors are subnormal;
 * that for `double`, of half as many lanes, computes all of it. */
static INLINE vector mend_erfc(vector r, vector x) {
#if SHIVER_LANES == 1
  double wide_erfc(double) __asm__(SHIVER_WIDE_ERFC);
  return (float)wide_erfc((double)x);
#else
  typedef double doubles __attribute__((vector_size(sizeof(vector))));
  typedef float half __attribute__((vector_size(sizeof(vector) / 2)));
  doubles wide_erfc(doubles) __asm__(SHIVER_WIDE_ERFC);
  half halves[2];
  memcpy(halves, &x, sizeof x);
  for (int k = 0; k < 2; k++)
    halves[k] = __builtin_convertvector(wide_erfc(__builtin_convertvector(halves[k], doubles)), half);
  memcpy(&r, halves, sizeof r);
  return r;
#endif
}
#endif

/* SLEEF's factors are subnormal before their product is, and it forgets the sign of zero. */
UNUSED static bool tgamma_leaves(scalar r, scalar x, scalar y) { return x <= TGAMMA_END; }
UNUSED static scalar tgamma_exactly(scalar x, scalar y) { return (scalar)WIDE(tgamma)((wide)x); }
static INLINE vector mend_tgamma(vector r, vector x) {
  return LIKELY(all_below(NEGATED(x), -TGAMMA_END)) ? r : again(r, x, x, tgamma_leaves, tgamma_exactly);
}

/* Below -2, lgamma crosses zero twice between two integers. SLEEF gets there by subtracting large values. For the
 * largest arguments it overflows too soon. */
UNUSED static bool lgamma_leaves(scalar r, scalar x, scalar y) {
  return (x < -2 && r < -x && r > x) || (isinf(r) && !isinf(x));
}
UNUSED static scalar lgamma_exactly(scalar x, scalar y) {
  int sign; /* lgamma itself would write it to a variable that all threads share */
  return (scalar)WIDE_LGAMMA((wide)x, &sign);
}
static INLINE vector mend_lgamma(vector r, vector x) {
  bool inside = ALL(vor_vo_vo_vo(IS_NAN(x), vand_vo_vo_vo(LESS(BROADCAST(-2), x), LESS(x, BROADCAST(LGAMMA_END)))));
  return LIKELY(inside) ? r : again(r, x, x, lgamma_leaves, lgamma_exactly);
}

/* SLEEF gives a NaN where the quotient overflows. Remainders are exact: libm's are the same everywhere else. */
UNUSED static bool remainder_leaves(scalar r, scalar x, scalar y) { return isnan(r) && !isunordered(x, y); }
UNUSED static scalar fmod_exactly(scalar x, scalar y) { return FMOD(x, y); }
UNUSED static scalar remainder_exactly(scalar x, scalar y) { return REMAINDER(x, y); }
static INLINE vector mend_fmod(vector r, vector x, vector y) {
  return LIKELY(ALL(LESS(MAGNITUDE(r), BROADCAST(INFINITY)))) ? r : again(r, x, y, remainder_leaves, fmod_exactly);
}
static INLINE vector mend_remainder(vector r, vector x, vector y) {
  return LIKELY(ALL(LESS(MAGNITUDE(r), BROADCAST(INFINITY)))) ? r : again(r, x, y, remainder_leaves, remainder_exactly);
}
