/* The loops of the peers that are written in C. gcc -fopenmp, clang -fopenmp and, for the plain loops, no -fopenmp at
 * all compile this one text; what a pragma says is all that is different. */
#include <stdint.h>

#ifdef _OPENMP
#include <omp.h>
void threads(int n) { omp_set_num_threads(n); }
#else
void threads(int n) { (void)n; }
#endif

/* What a call costs that does nothing. */
void nothing(const double *x, double *y, long n) {
    __asm__ volatile("" : : "r"(x), "r"(y), "r"(n));
}

void empty(void) {
#pragma omp parallel for
    for (long i = 0; i < 64; i++) __asm__ volatile("");
}

/* x[i] tells afterwards which thread ran iteration i. */
void mark(intptr_t *x, long n) {
#pragma omp parallel for
    for (long i = 0; i < n; i++) x[i] = (intptr_t)__builtin_thread_pointer();
}

void add1(const double *x, double *y, long n) {
#pragma omp parallel for
    for (long i = 0; i < n; i++) y[i] = x[i] + 1.0;
}

/* The order of the sum is the compiler's to choose, as it is Shiver's and NumPy's. */
double total(const double *x, long n) {
    double sum = 0;
#pragma omp parallel for simd reduction(+ : sum)
    for (long i = 0; i < n; i++) sum += x[i];
    return sum;
}

/* As many steps as steps[i] says, each waiting for the last: about a nanosecond a step. The shift keeps compilers
 * from making one step of two, as they do with a product and a sum. */
static inline uint64_t chain(uint32_t steps, long i) {
    uint64_t x = (uint64_t)i + 1;
    for (uint32_t step = 0; step < steps; step++) x = (x ^ x >> 29) * 6364136223846793005u;
    return x;
}

#define PRAGMA(text) _Pragma(#text)
#define UNEVEN(name, clause)                                                  \
    void name(const uint32_t *steps, uint64_t *x, long n) {                   \
        PRAGMA(omp parallel for clause)                                       \
        for (long i = 0; i < n; i++) x[i] = chain(steps[i], i);               \
    }

UNEVEN(uneven, )
UNEVEN(uneven_static, schedule(static))
UNEVEN(uneven_static_16, schedule(static, 16))
UNEVEN(uneven_static_64, schedule(static, 64))
UNEVEN(uneven_static_256, schedule(static, 256))
UNEVEN(uneven_dynamic, schedule(dynamic))
UNEVEN(uneven_dynamic_16, schedule(dynamic, 16))
UNEVEN(uneven_dynamic_64, schedule(dynamic, 64))
UNEVEN(uneven_dynamic_256, schedule(dynamic, 256))
UNEVEN(uneven_guided, schedule(guided))
UNEVEN(uneven_guided_16, schedule(guided, 16))
UNEVEN(uneven_guided_64, schedule(guided, 64))
UNEVEN(uneven_guided_256, schedule(guided, 256))
