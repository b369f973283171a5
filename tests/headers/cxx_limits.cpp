// <limits>, against <climits> and <cfloat>.
#include <cfloat>
#include <climits>
#include <cstdint>
#include <limits>

#define EXPECT(...) \
    do { \
        if (!(__VA_ARGS__)) \
            return __LINE__; \
    } while (0)

using std::numeric_limits;

template <class T>
constexpr bool integer(T low, T high, int digits, int digits10, bool sign) {
    using L = numeric_limits<T>;
    return L::is_specialized && L::is_integer && L::is_exact && L::is_bounded && L::radix == 2 &&
           L::min() == low && L::lowest() == low && L::max() == high && L::digits == digits &&
           L::digits10 == digits10 && L::is_signed == sign && L::is_modulo == !sign &&
           !L::has_infinity && !L::has_quiet_NaN && !L::is_iec559 && L::epsilon() == 0 &&
           numeric_limits<const volatile T>::max() == high;
}
static_assert(integer<signed char>(SCHAR_MIN, SCHAR_MAX, 7, 2, true));
static_assert(integer<unsigned char>(0, UCHAR_MAX, 8, 2, false));
static_assert(integer<char>(CHAR_MIN, CHAR_MAX, CHAR_MIN ? 7 : 8, 2, CHAR_MIN != 0));
static_assert(integer<short>(SHRT_MIN, SHRT_MAX, 15, 4, true));
static_assert(integer<unsigned short>(0, USHRT_MAX, 16, 4, false));
static_assert(integer<int>(INT_MIN, INT_MAX, 31, 9, true));
static_assert(integer<unsigned>(0, UINT_MAX, 32, 9, false));
static_assert(integer<long>(LONG_MIN, LONG_MAX, 63, 18, true));
static_assert(integer<unsigned long>(0, ULONG_MAX, 64, 19, false));
static_assert(integer<long long>(LLONG_MIN, LLONG_MAX, 63, 18, true));
static_assert(integer<unsigned long long>(0, ULLONG_MAX, 64, 19, false));
static_assert(integer<wchar_t>(WCHAR_MIN, WCHAR_MAX, WCHAR_MIN ? 31 : 32, 9, WCHAR_MIN != 0));
static_assert(integer<char16_t>(0, 65535, 16, 4, false));
static_assert(integer<char32_t>(0, UINT_MAX, 32, 9, false));
static_assert(numeric_limits<__int128>::max() == __int128(~(unsigned __int128)0 >> 1));
static_assert(numeric_limits<__int128>::digits10 == 38);
static_assert(numeric_limits<bool>::max() && !numeric_limits<bool>::min());
static_assert(numeric_limits<bool>::digits == 1);

template <class T>
constexpr bool floating(T low, T high, T epsilon, T tiny, int digits, int digits10,
                        int max_digits10) {
    using L = numeric_limits<T>;
    return L::is_specialized && !L::is_integer && !L::is_exact && L::is_signed && L::is_iec559 &&
           L::min() == low && L::max() == high && L::lowest() == -high && L::epsilon() == epsilon &&
           L::denorm_min() == tiny && L::digits == digits && L::digits10 == digits10 &&
           L::max_digits10 == max_digits10 && L::has_infinity && L::infinity() > high &&
           L::has_quiet_NaN && L::quiet_NaN() != L::quiet_NaN() && L::has_signaling_NaN &&
           L::round_error() == T(0.5) && L::round_style == std::round_to_nearest &&
           L::has_denorm == std::denorm_present && L::radix == FLT_RADIX && L::is_bounded &&
           !L::has_denorm_loss && !L::traps && !L::tinyness_before;
}
static_assert(floating<float>(FLT_MIN, FLT_MAX, FLT_EPSILON, FLT_TRUE_MIN, 24, 6, 9));
static_assert(floating<double>(DBL_MIN, DBL_MAX, DBL_EPSILON, DBL_TRUE_MIN, 53, 15, 17));
static_assert(floating<long double>(LDBL_MIN, LDBL_MAX, LDBL_EPSILON, LDBL_TRUE_MIN, LDBL_MANT_DIG,
                                    LDBL_DIG, LDBL_DECIMAL_DIG));
static_assert(numeric_limits<double>::min_exponent == DBL_MIN_EXP);
static_assert(numeric_limits<double>::max_exponent == DBL_MAX_EXP);
static_assert(numeric_limits<double>::min_exponent10 == DBL_MIN_10_EXP);
static_assert(numeric_limits<double>::max_exponent10 == DBL_MAX_10_EXP);
static_assert(!numeric_limits<void *>::is_specialized);

extern "C" int check_cxx_limits() {
    volatile double nothing = numeric_limits<double>::signaling_NaN();
    EXPECT(nothing != nothing && __builtin_isinf(numeric_limits<float>::infinity()));
    return 0;
}
