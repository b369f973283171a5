// C17's <stdlib.h>, and the random numbers and allocation that POSIX and glibc add.
#ifndef _STDLIB_H
#define _STDLIB_H

#include <_shiver.h>
#define __need_size_t
#define __need_wchar_t
#define __need_NULL
#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1
#define RAND_MAX 2147483647
#define MB_CUR_MAX (__ctype_get_mb_cur_max())

_C_BEGIN

typedef struct {
    int quot, rem;
} div_t;
typedef struct {
    long quot, rem;
} ldiv_t;
typedef struct {
    long long quot, rem;
} lldiv_t;

int abs(int);
long labs(long);
long long llabs(long long);
__attribute__((__const__)) div_t div(int, int);
__attribute__((__const__)) ldiv_t ldiv(long, long);
__attribute__((__const__)) lldiv_t lldiv(long long, long long);

void *malloc(size_t), *calloc(size_t, size_t), *realloc(void *, size_t),
    *aligned_alloc(size_t, size_t);
void free(void *);

double atof(const char *), strtod(const char *__restrict, char **__restrict);
float strtof(const char *__restrict, char **__restrict);
long double strtold(const char *__restrict, char **__restrict);
int atoi(const char *);
long atol(const char *), strtol(const char *__restrict, char **__restrict, int);
long long atoll(const char *), strtoll(const char *__restrict, char **__restrict, int);
unsigned long strtoul(const char *__restrict, char **__restrict, int);
unsigned long long strtoull(const char *__restrict, char **__restrict, int);

int rand(void);
void srand(unsigned);

void *bsearch(const void *, const void *, size_t, size_t, int (*)(const void *, const void *));
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));

__attribute__((__noreturn__)) void abort(void), exit(int), _Exit(int), quick_exit(int);
int atexit(void (*)(void)), at_quick_exit(void (*)(void));
char *getenv(const char *);
int system(const char *);

size_t __ctype_get_mb_cur_max(void);
int mblen(const char *, size_t), mbtowc(wchar_t *__restrict, const char *__restrict, size_t),
    wctomb(char *, wchar_t);
size_t mbstowcs(wchar_t *__restrict, const char *__restrict, size_t),
    wcstombs(char *__restrict, const wchar_t *__restrict, size_t);

#if _EXTRA
// With a state of its own each iteration or thread draws its own numbers: rand_r, erand48 and the
// _r forms. The others share one state and, but for random(), race.
struct drand48_data {
    unsigned short __x[3], __old_x[3], __c, __init;
    unsigned long long __a;
};
struct random_data {
    int *fptr, *rptr, *state;
    int rand_type, rand_deg, rand_sep, *end_ptr;
};

int rand_r(unsigned *);
double drand48(void), erand48(unsigned short[3]);
long lrand48(void), nrand48(unsigned short[3]), mrand48(void), jrand48(unsigned short[3]);
void srand48(long), lcong48(unsigned short[7]);
unsigned short *seed48(unsigned short[3]);
int drand48_r(struct drand48_data *__restrict, double *__restrict),
    erand48_r(unsigned short[3], struct drand48_data *__restrict, double *__restrict),
    lrand48_r(struct drand48_data *__restrict, long *__restrict),
    nrand48_r(unsigned short[3], struct drand48_data *__restrict, long *__restrict),
    mrand48_r(struct drand48_data *__restrict, long *__restrict),
    jrand48_r(unsigned short[3], struct drand48_data *__restrict, long *__restrict),
    srand48_r(long, struct drand48_data *), seed48_r(unsigned short[3], struct drand48_data *),
    lcong48_r(unsigned short[7], struct drand48_data *);
long random(void);
void srandom(unsigned);
char *initstate(unsigned, char *, size_t), *setstate(char *);
int random_r(struct random_data *__restrict, int *__restrict),
    srandom_r(unsigned, struct random_data *),
    initstate_r(unsigned, char *__restrict, size_t, struct random_data *__restrict),
    setstate_r(char *__restrict, struct random_data *__restrict);

#define alloca __builtin_alloca
int posix_memalign(void **, size_t, size_t);
void *reallocarray(void *, size_t, size_t);
void qsort_r(void *, size_t, size_t, int (*)(const void *, const void *, void *), void *);
int setenv(const char *, const char *, int), unsetenv(const char *), putenv(char *);
#endif

_C_END
#endif
