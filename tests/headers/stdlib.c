// <stdlib.h> <alloca.h>: every function called, but for those that end the process, run another
// program or change its environment: these by address.
#include <alloca.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)

_Static_assert(sizeof(div_t) == 8 && sizeof(ldiv_t) == 16 && sizeof(lldiv_t) == 16, "as in glibc");
_Static_assert(EXIT_SUCCESS == 0 && EXIT_FAILURE == 1 && RAND_MAX == 2147483647, "as in glibc");

static int ascending(const void *x, const void *y) {
    return *(const int *)x - *(const int *)y;
}

static int check_numbers(void) {
    char *end;
    EXPECT(abs(-3) == 3 && labs(-3L) == 3 && llabs(-3LL) == 3);
    EXPECT(div(-7, 2).quot == -3 && div(-7, 2).rem == -1 && ldiv(7, 2).rem == 1);
    EXPECT(lldiv(7, 2).quot == 3);
    EXPECT(atof("2.5") == 2.5 && atoi("-12") == -12 && atol("12") == 12 && atoll("12") == 12);
    EXPECT(strtod("0x1p3z", &end) == 8 && *end == 'z' && strtof("2.5", NULL) == 2.5F);
    EXPECT(strtold("2.5", NULL) == 2.5L && strtol("077", &end, 0) == 63 && *end == 0);
    EXPECT(strtoll("-9", NULL, 10) == -9 && strtoul("ff", NULL, 16) == 255);
    EXPECT(strtoull("10", NULL, 2) == 2);

    int a[] = {3, 1, 2}, key = 2;
    qsort(a, 3, sizeof *a, ascending);
    EXPECT(a[0] == 1 && a[2] == 3 && bsearch(&key, a, 3, sizeof *a, ascending) == a + 1);

    srand(1);
    int first = rand();
    srand(1);
    EXPECT(first == rand() && first >= 0);
    return 0;
}

static int check_memory(void) {
    char *p = malloc(10), *q = calloc(4, 4), *r = aligned_alloc(64, 128);
    EXPECT(p && q && r && (uintptr_t)r % 64 == 0 && q[15] == 0);
    p = realloc(p, 1000);
    EXPECT(p);
    free(p), free(q), free(r);
    wchar_t wide[4];
    char narrow[4];
    EXPECT(mblen("a", 1) == 1 && mbtowc(wide, "a", 1) == 1 && wide[0] == L'a' && MB_CUR_MAX >= 1);
    EXPECT(wctomb(narrow, L'a') == 1 && mbstowcs(wide, "abc", 4) == 3 && wide[2] == L'c');
    EXPECT(wcstombs(narrow, L"abc", 4) == 3 && narrow[2] == 'c');
    return 0;
}

static int check_additions(void) {
#ifndef __STRICT_ANSI__
    unsigned seed = 1;
    EXPECT(rand_r(&seed) >= 0 && seed != 1);
    struct drand48_data state;
    unsigned short x[3] = {1, 2, 3}, parameters[7] = {1, 2, 3, 0xe66d, 0xdeec, 5, 11};
    double d, e;
    long l;
    srand48(7), srand48_r(7, &state);
    drand48_r(&state, &d);
    EXPECT(d == drand48() && erand48(x) < 1 && nrand48(x) >= 0 && jrand48(x) >= -0x80000000L);
    EXPECT(lrand48() >= 0 && mrand48() >= -0x80000000L && seed48(x));
    lcong48(parameters);
    EXPECT(!lrand48_r(&state, &l) && !mrand48_r(&state, &l) && !erand48_r(x, &state, &e));
    EXPECT(!nrand48_r(x, &state, &l) && !jrand48_r(x, &state, &l) && !seed48_r(x, &state));
    EXPECT(!lcong48_r(parameters, &state));

    char bytes[64], other[64];
    struct random_data data;
    int drawn;
    memset(&data, 0, sizeof data);
    EXPECT(!initstate_r(5, bytes, sizeof bytes, &data) && !random_r(&data, &drawn) && drawn >= 0);
    EXPECT(!srandom_r(6, &data) && !setstate_r(bytes, &data));
    char *old = initstate(5, other, sizeof other);
    EXPECT(old && setstate(old) == other);
    srandom(3);
    EXPECT(random() >= 0);

    void *p;
    EXPECT(posix_memalign(&p, 64, 100) == 0 && (uintptr_t)p % 64 == 0);
    p = reallocarray(p, 10, 10);
    EXPECT(p);
    free(p);
    char *here = alloca(16);
    memset(here, 1, 16);
    EXPECT(here[15] == 1 && &qsort_r && &setenv && &unsetenv && &putenv);
#endif
    return 0;
}

int check_stdlib(void) {
    int line;
    EXPECT(&abort && &exit && &_Exit && &quick_exit && &system && getenv("PATH") != (char *)1);
    if ((line = check_numbers()) || (line = check_memory()) || (line = check_additions()))
        return line;
    return 0;
}
