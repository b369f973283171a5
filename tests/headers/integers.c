// <stdint.h> <inttypes.h> <limits.h> <float.h> <stddef.h> <stdbool.h> <stdalign.h> <stdnoreturn.h>
// <iso646.h> <stdarg.h>: sizes, signs, limits, and that the formats fit the types.
#include <float.h>
#include <inttypes.h>
#include <iso646.h>
#include <limits.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)
#define IS(e, type) _Static_assert(_Generic((e), type: 1, default: 0), #e " is " #type)
#define SIGNED(type, MIN, MAX, size) \
    _Static_assert(sizeof(type) == size && (type)-1 < 0 && (type)MIN == MIN && (type)MAX == MAX && \
                   MIN == -MAX - 1 && MAX == (int64_t)(UINT64_MAX >> (65 - 8 * size)), #type)
#define UNSIGNED(type, MAX, size) \
    _Static_assert(sizeof(type) == size && (type)-1 > 0 && (type)-1 == MAX, #type)

SIGNED(int8_t, INT8_MIN, INT8_MAX, 1);
UNSIGNED(uint8_t, UINT8_MAX, 1);
SIGNED(int_least8_t, INT_LEAST8_MIN, INT_LEAST8_MAX, 1);
UNSIGNED(uint_least8_t, UINT_LEAST8_MAX, 1);
SIGNED(int_fast8_t, INT_FAST8_MIN, INT_FAST8_MAX, 1);
UNSIGNED(uint_fast8_t, UINT_FAST8_MAX, 1);
SIGNED(int16_t, INT16_MIN, INT16_MAX, 2);
UNSIGNED(uint16_t, UINT16_MAX, 2);
SIGNED(int_least16_t, INT_LEAST16_MIN, INT_LEAST16_MAX, 2);
UNSIGNED(uint_least16_t, UINT_LEAST16_MAX, 2);
SIGNED(int_fast16_t, INT_FAST16_MIN, INT_FAST16_MAX, 8);
UNSIGNED(uint_fast16_t, UINT_FAST16_MAX, 8);
SIGNED(int32_t, INT32_MIN, INT32_MAX, 4);
UNSIGNED(uint32_t, UINT32_MAX, 4);
SIGNED(int_least32_t, INT_LEAST32_MIN, INT_LEAST32_MAX, 4);
UNSIGNED(uint_least32_t, UINT_LEAST32_MAX, 4);
SIGNED(int_fast32_t, INT_FAST32_MIN, INT_FAST32_MAX, 8);
UNSIGNED(uint_fast32_t, UINT_FAST32_MAX, 8);
SIGNED(int64_t, INT64_MIN, INT64_MAX, 8);
UNSIGNED(uint64_t, UINT64_MAX, 8);
SIGNED(int_least64_t, INT_LEAST64_MIN, INT_LEAST64_MAX, 8);
UNSIGNED(uint_least64_t, UINT_LEAST64_MAX, 8);
SIGNED(int_fast64_t, INT_FAST64_MIN, INT_FAST64_MAX, 8);
UNSIGNED(uint_fast64_t, UINT_FAST64_MAX, 8);
SIGNED(intmax_t, INTMAX_MIN, INTMAX_MAX, 8);
UNSIGNED(uintmax_t, UINTMAX_MAX, 8);
SIGNED(intptr_t, INTPTR_MIN, INTPTR_MAX, 8);
UNSIGNED(uintptr_t, UINTPTR_MAX, 8);
SIGNED(ptrdiff_t, PTRDIFF_MIN, PTRDIFF_MAX, 8);
UNSIGNED(size_t, SIZE_MAX, 8);
SIGNED(int, SIG_ATOMIC_MIN, SIG_ATOMIC_MAX, 4);
UNSIGNED(unsigned, WINT_MAX, 4);
_Static_assert(WINT_MIN == 0 && (wchar_t)WCHAR_MIN == WCHAR_MIN, "wchar_t");
_Static_assert((wchar_t)WCHAR_MAX == WCHAR_MAX, "wchar_t");

SIGNED(signed char, SCHAR_MIN, SCHAR_MAX, 1);
SIGNED(short, SHRT_MIN, SHRT_MAX, 2);
SIGNED(int, INT_MIN, INT_MAX, 4);
SIGNED(long, LONG_MIN, LONG_MAX, 8);
SIGNED(long long, LLONG_MIN, LLONG_MAX, 8);
UNSIGNED(unsigned char, UCHAR_MAX, 1);
UNSIGNED(unsigned short, USHRT_MAX, 2);
UNSIGNED(unsigned, UINT_MAX, 4);
UNSIGNED(unsigned long, ULONG_MAX, 8);
UNSIGNED(unsigned long long, ULLONG_MAX, 8);
_Static_assert(CHAR_BIT == 8 && (char)CHAR_MIN == CHAR_MIN && (char)CHAR_MAX == CHAR_MAX, "char");
_Static_assert(MB_LEN_MAX == 16, "as in glibc");

IS(INT64_C(1), int64_t);
IS(UINT64_C(1), uint64_t);
IS(INTMAX_C(1), intmax_t);
IS(UINTMAX_C(1), uintmax_t);
IS(UINT32_C(1), uint32_t);
_Static_assert(INT8_C(1) + INT16_C(1) + INT32_C(1) + UINT8_C(1) + UINT16_C(1) == 5, "constants");

struct pair {
    char a;
    double b;
};
_Static_assert(offsetof(struct pair, b) == 8 && alignof(max_align_t) >= 16 && true, "stddef");
_Static_assert(!false, "stddef");
_Static_assert(sizeof(bool) == 1 && (1 and not 0), "stdbool, iso646");
alignas(64) static char line[64];

_Static_assert(FLT_RADIX == 2 && FLT_MANT_DIG == 24 && DBL_MANT_DIG == 53, "digits");
_Static_assert(LDBL_MANT_DIG >= 53, "digits");
_Static_assert(FLT_DIG == 6 && DBL_DIG == 15 && LDBL_DIG >= 15 && FLT_MAX_EXP == 128, "digits");
_Static_assert(DBL_MAX_EXP == 1024 && DBL_MIN_EXP == -1021 && FLT_MIN_EXP == -125, "exponents");
_Static_assert(DBL_MAX_10_EXP == 308 && DBL_MIN_10_EXP == -307, "exponents");
_Static_assert(FLT_MAX_10_EXP == 38, "exponents");
_Static_assert(FLT_MIN_10_EXP == -37 && LDBL_MAX_EXP >= 1024 && LDBL_MIN_EXP <= -1021, "exponents");
_Static_assert(LDBL_MAX_10_EXP >= 308 && LDBL_MIN_10_EXP <= -307 && DECIMAL_DIG >= 17, "exponents");

noreturn static void leave(void) { abort(); }

static int sum(int count, ...) {
    va_list list, again;
    int total = 0;
    va_start(list, count);
    va_copy(again, list);
    for (int i = 0; i < count; ++i)
        total += va_arg(list, int) * va_arg(again, int);
    va_end(list);
    va_end(again);
    return total;
}

// Prints the largest value, reads it back.
#define ROUND_TRIP(PRI, SCN, type, MAX) \
    do { \
        char text[64]; \
        type x = MAX, y = 0; \
        snprintf(text, sizeof text, "%" PRI, x); \
        EXPECT(sscanf(text, "%" SCN, &y) == 1 && x == y); \
    } while (0)

static int check_formats(void) {
    ROUND_TRIP(PRId8, SCNd8, int8_t, INT8_MAX);
    ROUND_TRIP(PRIi8, SCNi8, int8_t, INT8_MAX);
    ROUND_TRIP(PRIo8, SCNo8, uint8_t, UINT8_MAX);
    ROUND_TRIP(PRIu8, SCNu8, uint8_t, UINT8_MAX);
    ROUND_TRIP(PRIx8, SCNx8, uint8_t, UINT8_MAX);
    ROUND_TRIP(PRIX8, SCNx8, uint8_t, UINT8_MAX);
    ROUND_TRIP(PRIdLEAST8, SCNdLEAST8, int_least8_t, INT_LEAST8_MAX);
    ROUND_TRIP(PRIiLEAST8, SCNiLEAST8, int_least8_t, INT_LEAST8_MAX);
    ROUND_TRIP(PRIoLEAST8, SCNoLEAST8, uint_least8_t, UINT_LEAST8_MAX);
    ROUND_TRIP(PRIuLEAST8, SCNuLEAST8, uint_least8_t, UINT_LEAST8_MAX);
    ROUND_TRIP(PRIxLEAST8, SCNxLEAST8, uint_least8_t, UINT_LEAST8_MAX);
    ROUND_TRIP(PRIXLEAST8, SCNxLEAST8, uint_least8_t, UINT_LEAST8_MAX);
    ROUND_TRIP(PRIdFAST8, SCNdFAST8, int_fast8_t, INT_FAST8_MAX);
    ROUND_TRIP(PRIiFAST8, SCNiFAST8, int_fast8_t, INT_FAST8_MAX);
    ROUND_TRIP(PRIoFAST8, SCNoFAST8, uint_fast8_t, UINT_FAST8_MAX);
    ROUND_TRIP(PRIuFAST8, SCNuFAST8, uint_fast8_t, UINT_FAST8_MAX);
    ROUND_TRIP(PRIxFAST8, SCNxFAST8, uint_fast8_t, UINT_FAST8_MAX);
    ROUND_TRIP(PRIXFAST8, SCNxFAST8, uint_fast8_t, UINT_FAST8_MAX);
    ROUND_TRIP(PRId16, SCNd16, int16_t, INT16_MAX);
    ROUND_TRIP(PRIi16, SCNi16, int16_t, INT16_MAX);
    ROUND_TRIP(PRIo16, SCNo16, uint16_t, UINT16_MAX);
    ROUND_TRIP(PRIu16, SCNu16, uint16_t, UINT16_MAX);
    ROUND_TRIP(PRIx16, SCNx16, uint16_t, UINT16_MAX);
    ROUND_TRIP(PRIX16, SCNx16, uint16_t, UINT16_MAX);
    ROUND_TRIP(PRIdLEAST16, SCNdLEAST16, int_least16_t, INT_LEAST16_MAX);
    ROUND_TRIP(PRIiLEAST16, SCNiLEAST16, int_least16_t, INT_LEAST16_MAX);
    ROUND_TRIP(PRIoLEAST16, SCNoLEAST16, uint_least16_t, UINT_LEAST16_MAX);
    ROUND_TRIP(PRIuLEAST16, SCNuLEAST16, uint_least16_t, UINT_LEAST16_MAX);
    ROUND_TRIP(PRIxLEAST16, SCNxLEAST16, uint_least16_t, UINT_LEAST16_MAX);
    ROUND_TRIP(PRIXLEAST16, SCNxLEAST16, uint_least16_t, UINT_LEAST16_MAX);
    ROUND_TRIP(PRIdFAST16, SCNdFAST16, int_fast16_t, INT_FAST16_MAX);
    ROUND_TRIP(PRIiFAST16, SCNiFAST16, int_fast16_t, INT_FAST16_MAX);
    ROUND_TRIP(PRIoFAST16, SCNoFAST16, uint_fast16_t, UINT_FAST16_MAX);
    ROUND_TRIP(PRIuFAST16, SCNuFAST16, uint_fast16_t, UINT_FAST16_MAX);
    ROUND_TRIP(PRIxFAST16, SCNxFAST16, uint_fast16_t, UINT_FAST16_MAX);
    ROUND_TRIP(PRIXFAST16, SCNxFAST16, uint_fast16_t, UINT_FAST16_MAX);
    ROUND_TRIP(PRId32, SCNd32, int32_t, INT32_MAX);
    ROUND_TRIP(PRIi32, SCNi32, int32_t, INT32_MAX);
    ROUND_TRIP(PRIo32, SCNo32, uint32_t, UINT32_MAX);
    ROUND_TRIP(PRIu32, SCNu32, uint32_t, UINT32_MAX);
    ROUND_TRIP(PRIx32, SCNx32, uint32_t, UINT32_MAX);
    ROUND_TRIP(PRIX32, SCNx32, uint32_t, UINT32_MAX);
    ROUND_TRIP(PRIdLEAST32, SCNdLEAST32, int_least32_t, INT_LEAST32_MAX);
    ROUND_TRIP(PRIiLEAST32, SCNiLEAST32, int_least32_t, INT_LEAST32_MAX);
    ROUND_TRIP(PRIoLEAST32, SCNoLEAST32, uint_least32_t, UINT_LEAST32_MAX);
    ROUND_TRIP(PRIuLEAST32, SCNuLEAST32, uint_least32_t, UINT_LEAST32_MAX);
    ROUND_TRIP(PRIxLEAST32, SCNxLEAST32, uint_least32_t, UINT_LEAST32_MAX);
    ROUND_TRIP(PRIXLEAST32, SCNxLEAST32, uint_least32_t, UINT_LEAST32_MAX);
    ROUND_TRIP(PRIdFAST32, SCNdFAST32, int_fast32_t, INT_FAST32_MAX);
    ROUND_TRIP(PRIiFAST32, SCNiFAST32, int_fast32_t, INT_FAST32_MAX);
    ROUND_TRIP(PRIoFAST32, SCNoFAST32, uint_fast32_t, UINT_FAST32_MAX);
    ROUND_TRIP(PRIuFAST32, SCNuFAST32, uint_fast32_t, UINT_FAST32_MAX);
    ROUND_TRIP(PRIxFAST32, SCNxFAST32, uint_fast32_t, UINT_FAST32_MAX);
    ROUND_TRIP(PRIXFAST32, SCNxFAST32, uint_fast32_t, UINT_FAST32_MAX);
    ROUND_TRIP(PRId64, SCNd64, int64_t, INT64_MAX);
    ROUND_TRIP(PRIi64, SCNi64, int64_t, INT64_MAX);
    ROUND_TRIP(PRIo64, SCNo64, uint64_t, UINT64_MAX);
    ROUND_TRIP(PRIu64, SCNu64, uint64_t, UINT64_MAX);
    ROUND_TRIP(PRIx64, SCNx64, uint64_t, UINT64_MAX);
    ROUND_TRIP(PRIX64, SCNx64, uint64_t, UINT64_MAX);
    ROUND_TRIP(PRIdLEAST64, SCNdLEAST64, int_least64_t, INT_LEAST64_MAX);
    ROUND_TRIP(PRIiLEAST64, SCNiLEAST64, int_least64_t, INT_LEAST64_MAX);
    ROUND_TRIP(PRIoLEAST64, SCNoLEAST64, uint_least64_t, UINT_LEAST64_MAX);
    ROUND_TRIP(PRIuLEAST64, SCNuLEAST64, uint_least64_t, UINT_LEAST64_MAX);
    ROUND_TRIP(PRIxLEAST64, SCNxLEAST64, uint_least64_t, UINT_LEAST64_MAX);
    ROUND_TRIP(PRIXLEAST64, SCNxLEAST64, uint_least64_t, UINT_LEAST64_MAX);
    ROUND_TRIP(PRIdFAST64, SCNdFAST64, int_fast64_t, INT_FAST64_MAX);
    ROUND_TRIP(PRIiFAST64, SCNiFAST64, int_fast64_t, INT_FAST64_MAX);
    ROUND_TRIP(PRIoFAST64, SCNoFAST64, uint_fast64_t, UINT_FAST64_MAX);
    ROUND_TRIP(PRIuFAST64, SCNuFAST64, uint_fast64_t, UINT_FAST64_MAX);
    ROUND_TRIP(PRIxFAST64, SCNxFAST64, uint_fast64_t, UINT_FAST64_MAX);
    ROUND_TRIP(PRIXFAST64, SCNxFAST64, uint_fast64_t, UINT_FAST64_MAX);
    ROUND_TRIP(PRIdMAX, SCNdMAX, intmax_t, INTMAX_MAX);
    ROUND_TRIP(PRIiMAX, SCNiMAX, intmax_t, INTMAX_MAX);
    ROUND_TRIP(PRIoMAX, SCNoMAX, uintmax_t, UINTMAX_MAX);
    ROUND_TRIP(PRIuMAX, SCNuMAX, uintmax_t, UINTMAX_MAX);
    ROUND_TRIP(PRIxMAX, SCNxMAX, uintmax_t, UINTMAX_MAX);
    ROUND_TRIP(PRIXMAX, SCNxMAX, uintmax_t, UINTMAX_MAX);
    ROUND_TRIP(PRIdPTR, SCNdPTR, intptr_t, INTPTR_MAX);
    ROUND_TRIP(PRIiPTR, SCNiPTR, intptr_t, INTPTR_MAX);
    ROUND_TRIP(PRIoPTR, SCNoPTR, uintptr_t, UINTPTR_MAX);
    ROUND_TRIP(PRIuPTR, SCNuPTR, uintptr_t, UINTPTR_MAX);
    ROUND_TRIP(PRIxPTR, SCNxPTR, uintptr_t, UINTPTR_MAX);
    ROUND_TRIP(PRIXPTR, SCNxPTR, uintptr_t, UINTPTR_MAX);
    return 0;
}

int check_integers(void) {
    char *end;
    wchar_t *wide_end;
    EXPECT(imaxabs(INTMAX_C(-5)) == 5 && imaxdiv(7, 2).quot == 3 && imaxdiv(7, 2).rem == 1);
    EXPECT(strtoimax("-12x", &end, 10) == -12 && *end == 'x' && strtoumax("ff", &end, 16) == 255);
    EXPECT(wcstoimax(L"-12x", &wide_end, 10) == -12 && *wide_end == L'x');
    EXPECT(wcstoumax(L"ff", &wide_end, 16) == 255 && (uintptr_t)line % 64 == 0);
    EXPECT(NULL == (void *)0);
    EXPECT(FLT_EPSILON == 0x1p-23F && DBL_EPSILON == 0x1p-52 && LDBL_EPSILON <= 0x1p-52L);
    EXPECT(FLT_MAX > 3e38F && DBL_MAX > 1e308 && LDBL_MAX >= DBL_MAX && FLT_MIN == 0x1p-126F);
    EXPECT(DBL_MIN == 0x1p-1022 && LDBL_MIN <= DBL_MIN && FLT_EVAL_METHOD == 0 && FLT_ROUNDS == 1);
    EXPECT(sum(2, 1, 2, 3, 4) == 1 + 4);
    if (line[0])
        leave();
    return check_formats();
}
