// clang's <stdatomic.h> over our <stddef.h> and <stdint.h>.
#include <stdatomic.h>
#include <stdint.h>

#define EXPECT(e) \
    do { \
        if (!(e)) \
            return __LINE__; \
    } while (0)

int check_atomics(void) {
    atomic_int n = 5;
    _Atomic double d = 1;
    atomic_int_fast32_t fast;
    atomic_flag flag = ATOMIC_FLAG_INIT;
    int expected = 7;
    atomic_init(&fast, 1);
    EXPECT(atomic_fetch_add(&n, 2) == 5 && atomic_load(&n) == 7 && atomic_exchange(&n, 7) == 7);
    EXPECT(atomic_compare_exchange_strong(&n, &expected, 8) && n == 8);
    EXPECT(!atomic_compare_exchange_weak(&n, &expected, 9) && expected == 8);
    EXPECT(atomic_fetch_or_explicit(&n, 1, memory_order_relaxed) == 8);
    EXPECT(atomic_fetch_sub(&n, 1) == 9);
    atomic_store_explicit(&n, 1, memory_order_release);
    atomic_thread_fence(memory_order_seq_cst);
    EXPECT(!atomic_flag_test_and_set(&flag) && atomic_flag_test_and_set(&flag));
    atomic_flag_clear(&flag);
    d = d + 1;
    EXPECT(d == 2 && atomic_is_lock_free(&n) && sizeof fast == sizeof(int_fast32_t) && fast == 1);
    return 0;
}
