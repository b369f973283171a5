// <algorithm> <numeric>: sorting on every kind of order there is (random, ordered, reversed, equal,
// few values, the adversary that makes quicksort quadratic, NaN); the rest on small sequences.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#define EXPECT(...) \
    do { \
        if (!(__VA_ARGS__)) \
            return __LINE__; \
    } while (0)

static constexpr int most = 1500;
static double given[most], sorted[most], a[most];
struct Item {
    int key, place;
};
static Item items[most];

static double draw() { // xorshift32
    static unsigned x = 2463534242;
    x ^= x << 13, x ^= x >> 17, x ^= x << 5;
    return x % 1000;
}

static void make(int kind, int n) {
    for (int i = 0; i < n; ++i) {
        const double shapes[] = {draw(), double(i), double(n - i), 1, double(i % 3),
                                 double(i < n / 2 ? i : n - i), double(i % 2 ? i : -i)};
        given[i] = shapes[kind];
    }
}

static int check_sorted(int kind, int n) {
    make(kind, n);
    int compares = 0;
    auto less = [&compares](double x, double y) { return ++compares, x < y; };
    std::copy(given, given + n, sorted);
    std::sort(sorted, sorted + n, less);
    EXPECT(std::is_sorted(sorted, sorted + n) && compares <= 4 * n * std::log2(n + 2.0) + 1);
    EXPECT(std::accumulate(sorted, sorted + n, 0.) == std::accumulate(given, given + n, 0.));

    for (int i = 0; i < n; ++i)
        items[i] = {int(given[i]) / 4, i};
    std::stable_sort(items, items + n, [](Item x, Item y) { return x.key < y.key; });
    for (int i = 1; i < n; ++i)
        EXPECT(items[i - 1].key < items[i].key ||
               (items[i - 1].key == items[i].key && items[i - 1].place < items[i].place));

    std::copy_n(given, n, a);
    std::make_heap(a, a + n);
    EXPECT(std::is_heap(a, a + n) && std::is_heap_until(a, a + n) == a + n);
    std::sort_heap(a, a + n);
    EXPECT(std::equal(a, a + n, sorted, sorted + n));
    for (int i = 0; i < n; ++i) {
        a[i] = given[i];
        std::push_heap(a, a + i + 1);
    }
    EXPECT(std::is_heap(a, a + n));
    if (n == 0)
        return 0;
    std::pop_heap(a, a + n);
    EXPECT(a[n - 1] == sorted[n - 1]);

    const int k = int(draw()) % n;
    std::copy_n(given, n, a);
    std::nth_element(a, a + k, a + n);
    EXPECT(a[k] == sorted[k]);
    for (int i = 0; i < n; ++i)
        EXPECT(i < k ? a[i] <= a[k] : a[i] >= a[k]);
    std::copy_n(given, n, a);
    std::partial_sort(a, a + k, a + n);
    EXPECT(std::equal(a, a + k, sorted));
    std::sort(a, a + n, std::greater<>());
    EXPECT(std::is_sorted(a, a + n, std::greater<>()) && a[0] == sorted[n - 1]);

    auto range = std::equal_range(sorted, sorted + n, sorted[k]);
    EXPECT(range.first == std::lower_bound(sorted, sorted + n, sorted[k]));
    EXPECT(*range.first == sorted[k]);
    EXPECT(range.second - range.first == std::count(given, given + n, sorted[k]));
    EXPECT(std::binary_search(sorted, sorted + n, sorted[k]));
    EXPECT(!std::binary_search(sorted, sorted + n, 0.5));
    return 0;
}

// M. D. McIlroy, "A killer adversary for quicksort": values are fixed as late as possible.
static int check_adversary() {
    static int value[most], index[most];
    int solid = 0, candidate = 0, compares = 0;
    std::fill(value, value + most, most);
    std::iota(index, index + most, 0);
    std::sort(index, index + most, [&](int x, int y) {
        ++compares;
        if (value[x] == most && value[y] == most)
            value[x == candidate ? x : y] = solid++;
        candidate = value[x] == most ? x : value[y] == most ? y : candidate;
        return value[x] < value[y];
    });
    EXPECT(compares < 6 * most * std::log2(most));

    // < does not order NaN: the result is free, but must be the same elements.
    for (int i = 0; i < most; ++i)
        a[i] = i % 5 ? draw() : NAN;
    const auto nans = [](double x) { return x != x; };
    std::sort(a, a + most);
    EXPECT(std::count_if(a, a + most, nans) == most / 5);
    std::nth_element(a, a + 9, a + most);
    std::stable_sort(a, a + most);
    EXPECT(std::count_if(a, a + most, nans) == most / 5);
    return 0;
}

static int check_asking() {
    const int v[] = {1, 3, 3, 2, 5}, w[] = {3, 2};
    const auto odd = [](int x) { return x % 2 != 0; };
    const auto large = [](int x) { return x > 9; };
    static_assert(std::min(2, 1) == 1 && std::max(2, 1) == 2 && std::min({3, 1, 2}) == 1);
    static_assert(std::max({3, 1, 2}) == 3 && std::minmax({3, 1, 2}).second == 3);
    static_assert(std::clamp(11, 0, 10) == 10 && std::clamp(-1, 0, 10) == 0);
    static_assert(std::clamp(5, 0, 10) == 5);
    EXPECT(std::min(1, 2, std::greater<>()) == 2 && std::max(1, 2, std::greater<>()) == 1);
    EXPECT(std::max({1, 2}, std::greater<>()) == 1 && std::minmax(2, 1).first == 1);
    EXPECT(std::min_element(v, v + 5) == v && std::max_element(v, v + 5) == v + 4);
    EXPECT(std::max_element(v, v + 4) == v + 1 && std::minmax_element(v, v + 4).second == v + 2);
    EXPECT(std::find(v, v + 5, 2) == v + 3 && std::find_if(v, v + 5, large) == v + 5);
    EXPECT(std::find_if_not(v, v + 5, odd) == v + 3 && std::count(v, v + 5, 3) == 2);
    EXPECT(std::count_if(v, v + 5, odd) == 4 && !std::all_of(v, v + 5, odd));
    EXPECT(std::any_of(v, v + 5, odd));
    EXPECT(std::none_of(v, v + 5, large) && std::adjacent_find(v, v + 5) == v + 1);
    EXPECT(std::find_first_of(v, v + 5, w, w + 2) == v + 1);
    EXPECT(std::search(v, v + 5, w, w + 2) == v + 2);
    EXPECT(std::mismatch(v, v + 5, v).first == v + 5);
    EXPECT(std::mismatch(v, v + 2, w, w + 2).second == w);
    EXPECT(std::equal(v + 2, v + 4, w) && !std::equal(v, v + 5, w, w + 2));
    EXPECT(std::equal(v, v + 5, v, [](int x, int y) { return x == y; }));
    EXPECT(std::lexicographical_compare(v, v + 5, w, w + 2));
    EXPECT(!std::lexicographical_compare(w, w + 2, v, v + 5));
    EXPECT(std::is_sorted_until(v, v + 5) == v + 3 && std::is_partitioned(v, v + 4, odd));
    int sum = 0;
    std::for_each(v, v + 5, [&sum](int x) { sum += x; });
    EXPECT(sum == 14 && std::for_each_n(v, 2, [&sum](int x) { sum += x; }) == v + 2 && sum == 18);
    return 0;
}

static int check_writing() {
    const int v[] = {1, 2, 3, 4, 5, 6};
    const auto odd = [](int x) { return x % 2 != 0; };
    int x[8], y[8], n = 0;
    EXPECT(std::copy(v, v + 6, x) == x + 6 && std::copy_n(v, 2, y) == y + 2 && y[1] == 2);
    EXPECT(std::copy_if(v, v + 6, y, odd) == y + 3 && y[2] == 5);
    EXPECT(std::copy_backward(x, x + 6, x + 7) == x + 1 && x[1] == 1 && x[6] == 6);
    EXPECT(std::move(x + 1, x + 7, x) == x + 6 && x[5] == 6);
    EXPECT(std::move_backward(x, x + 6, y + 6) == y);
    std::fill(y, y + 8, 7);
    EXPECT(y[7] == 7 && std::fill_n(y, 2, 0) == y + 2 && y[1] == 0 && y[2] == 7);
    std::generate(y, y + 8, [&n] { return n++; });
    EXPECT(y[7] == 7 && std::generate_n(y, 2, [] { return 9; }) == y + 2 && y[1] == 9);
    EXPECT(std::transform(v, v + 6, y, std::negate<>()) == y + 6 && y[5] == -6);
    EXPECT(std::transform(v, v + 6, v, y, std::plus<>()) == y + 6 && y[5] == 12);
    std::iter_swap(x, x + 1);
    EXPECT(x[0] == 2 && std::swap_ranges(x, x + 2, y) == y + 2 && y[0] == 2 && x[1] == 4);
    std::replace(y, y + 6, 12, 0), std::replace_if(y, y + 6, odd, 1);
    EXPECT(y[5] == 0 && y[1] == 1 && std::replace_copy_if(v, v + 6, y, odd, 0) == y + 6);
    EXPECT(y[2] == 0);
    EXPECT(std::remove_copy_if(v, v + 6, y, odd) == y + 3 && y[2] == 6);

    std::copy(v, v + 6, x);
    EXPECT(std::remove(x, x + 6, 3) == x + 5 && x[2] == 4);
    EXPECT(std::remove_if(x, x + 5, odd) == x + 3);
    const int runs[] = {1, 1, 2, 3, 3, 1};
    std::copy(runs, runs + 6, x);
    EXPECT(std::unique(x, x + 6) == x + 4 && x[3] == 1);
    EXPECT(std::unique_copy(runs, runs + 6, y) == y + 4);
    EXPECT(std::equal(x, x + 4, y) && std::unique(x, x) == x);
    std::copy(v, v + 6, x);
    std::reverse(x, x + 5);
    EXPECT(x[0] == 5 && x[4] == 1 && std::reverse_copy(v, v + 3, y) == y + 3 && y[0] == 3);
    for (int r = 0; r <= 6; ++r) {
        std::copy(v, v + 6, x);
        EXPECT(std::rotate(x, x + r, x + 6) == x + 6 - r);
        EXPECT(std::rotate_copy(v, v + r, v + 6, y) == y + 6 && std::equal(x, x + 6, y));
        EXPECT(x[0] == r % 6 + 1);
    }
    std::copy(v, v + 6, x);
    EXPECT(std::partition(x, x + 6, odd) == x + 3 && std::partition_point(x, x + 6, odd) == x + 3);
    return 0;
}

static int check_merging() {
    const int v[] = {1, 2, 2, 4}, w[] = {2, 3, 4};
    int x[8];
    EXPECT(std::merge(v, v + 4, w, w + 3, x) == x + 7 && std::is_sorted(x, x + 7));
    EXPECT(std::includes(x, x + 7, v, v + 4) && !std::includes(v, v + 4, w, w + 3));
    EXPECT(std::set_union(v, v + 4, w, w + 3, x) == x + 5 && x[3] == 3);
    EXPECT(std::set_intersection(v, v + 4, w, w + 3, x) == x + 2 && x[1] == 4);
    EXPECT(std::set_difference(v, v + 4, w, w + 3, x) == x + 2 && x[1] == 2);
    EXPECT(std::set_symmetric_difference(v, v + 4, w, w + 3, x) == x + 3 && x[2] == 3);
    int halves[] = {1, 4, 7, 9, 2, 3, 8};
    std::inplace_merge(halves, halves + 4, halves + 7);
    EXPECT(std::is_sorted(halves, halves + 7));
    int p[] = {1, 2, 3}, count = 0;
    do
        ++count;
    while (std::next_permutation(p, p + 3));
    EXPECT(count == 6 && p[0] == 1 && !std::prev_permutation(p, p + 3) && p[0] == 3);
    EXPECT(std::prev_permutation(p, p + 3) && p[0] == 3 && p[1] == 1);
    return 0;
}

static int check_numeric() {
    const int v[] = {1, 2, 3, 4};
    int x[4];
    EXPECT(std::accumulate(v, v + 4, 1, std::multiplies<>()) == 24 && std::reduce(v, v + 4) == 10);
    EXPECT(std::reduce(v, v + 4, 0.5) == 10.5 && std::inner_product(v, v + 4, v, 0) == 30);
    EXPECT(std::transform_reduce(v, v + 4, v, 0, std::plus<>(), std::minus<>()) == 0);
    EXPECT(std::partial_sum(v, v + 4, x) == x + 4 && x[3] == 10);
    EXPECT(std::adjacent_difference(x, x + 4, x) == x + 4 && x[3] == 4 && x[0] == 1);
    static_assert(std::gcd(12, -18) == 6 && std::gcd(0, 5) == 5 && std::lcm(4, 6L) == 12);
    static_assert(std::lcm(0, 3) == 0);
    return 0;
}

extern "C" int check_cxx_algorithm() {
    int line;
    for (int n = 0; n < most; n = n < 40 ? n + 1 : n * 3 / 2)
        for (int kind = 0; kind < 7; ++kind)
            if ((line = check_sorted(kind, n)))
                return line;
    if ((line = check_adversary()) || (line = check_asking()) || (line = check_writing()) ||
        (line = check_merging()) || (line = check_numeric()))
        return line;
    return 0;
}
