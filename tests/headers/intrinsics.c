// clang's <immintrin.h> and <mm_malloc.h> over our <stdlib.h>: SSE2, which every x86-64 has.
#include <immintrin.h>
#include <stdint.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)

int check_intrinsics(void) {
    double *p = _mm_malloc(16 * sizeof *p, 64);
    EXPECT(p && (uintptr_t)p % 64 == 0);
    _mm_store_pd(p, _mm_add_pd(_mm_set1_pd(1), _mm_set_pd(2, 3)));
    EXPECT(p[0] == 4 && p[1] == 3);
    _mm_free(p);
    return 0;
}
