// The loops of loops.c with oneTBB's parallel_for, as it comes: its own partitioner, its own grain.
#include <cstdint>
#include <functional>
#include <memory>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_reduce.h>

namespace {

using Range = tbb::blocked_range<long>;

std::unique_ptr<tbb::global_control> limit;
int limited_to = 0;

template <typename Body>
void for_each(long n, const Body &body) {
    tbb::parallel_for(Range(0, n), [&](const Range &range) {
        for (long i = range.begin(); i < range.end(); i++) body(i);
    });
}

std::uint64_t chain(std::uint32_t steps, long i) {
    auto x = static_cast<std::uint64_t>(i) + 1;
    for (std::uint32_t step = 0; step < steps; step++) x = (x ^ x >> 29) * 6364136223846793005u;
    return x;
}

}  // namespace

extern "C" {

void threads(int n) {
    if (n == limited_to) return;
    limit.reset();
    limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, n);
    limited_to = n;
}

void mark(std::intptr_t *x, long n) {
    for_each(n, [=](long i) { x[i] = reinterpret_cast<std::intptr_t>(__builtin_thread_pointer()); });
}

void add1(const double *x, double *y, long n) {
    for_each(n, [=](long i) { y[i] = x[i] + 1.0; });
}

double total(const double *x, long n) {
    return tbb::parallel_reduce(
        Range(0, n), 0.0,
        [=](const Range &range, double sum) {
#pragma omp simd reduction(+ : sum)
            for (long i = range.begin(); i < range.end(); i++) sum += x[i];
            return sum;
        },
        std::plus<double>());
}

void uneven(const std::uint32_t *steps, std::uint64_t *x, long n) {
    for_each(n, [=](long i) { x[i] = chain(steps[i], i); });
}
}
