// <utility> <array> <tuple> <new> <functional> <iterator> <initializer_list>.
#include <array>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

#define EXPECT(...) \
    do { \
        if (!(__VA_ARGS__)) \
            return __LINE__; \
    } while (0)
#define IS(e, ...) static_assert(std::is_same_v<decltype(e), __VA_ARGS__>, #e " is " #__VA_ARGS__)

struct Moved {
    int n;
    Moved(int m) : n(m) {}
    Moved(Moved &&other) noexcept : n(std::exchange(other.n, -1)) {}
    Moved &operator=(Moved &&other) noexcept {
        n = std::exchange(other.n, -1);
        return *this;
    }
};

template <std::size_t... i>
constexpr int digits(std::index_sequence<i...>) {
    int n = 0;
    ((n = 10 * n + int(i)), ...);
    return n;
}

static int check_utility() {
    Moved a(1), b(2);
    std::swap(a, b);
    EXPECT(a.n == 2 && b.n == 1);
    Moved c = std::move(a), d = std::forward<Moved>(b);
    EXPECT(a.n == -1 && c.n == 2 && d.n == 1 && b.n == -1 && std::addressof(c) == &c);
    int x[2][2] = {{1, 2}, {3, 4}}, y[2][2] = {{5, 6}, {7, 8}};
    std::swap(x, y);
    EXPECT(x[1][1] == 8 && y[0][0] == 1);
    IS(std::as_const(x[0][0]), const int &);
    IS(std::move_if_noexcept(c), Moved &&);
    static_assert(digits(std::make_index_sequence<4>()) == 123);
    static_assert(digits(std::index_sequence_for<int>()) == 0);
    static_assert(std::make_integer_sequence<int, 3>::size() == 3);
    IS(std::in_place, const std::in_place_t);
    IS(std::in_place_type<int>, const std::in_place_type_t<int>);
    IS(std::in_place_index<1>, const std::in_place_index_t<1>);

    std::pair p(1, 2.5);
    IS(p, std::pair<int, double>);
    std::pair<long, double> q = p;
    auto [first, second] = q;
    auto r = std::make_pair(Moved(3), 4);
    auto s = std::move(r);
    EXPECT(first == 1 && second == 2.5 && s.first.n == 3 && std::get<1>(s) == 4 && r.first.n == -1);
    q = std::make_pair(1, 3.5);
    EXPECT(q > std::pair(1L, 2.5) && q >= q && q == q && q != std::pair(2L, 3.5));
    EXPECT(q < std::pair(2L, 0.));
    EXPECT(q <= q && std::get<0>(std::pair(7, 8)) == 7);
    std::pair<long, double> t(9, 9);
    swap(q, t);
    EXPECT(q.first == 9 && t.second == 3.5);
    static_assert(std::tuple_size_v<std::pair<int, int>> == 2);
    static_assert(std::is_trivially_copyable_v<std::pair<int, int>>);
    static_assert(std::is_same_v<std::tuple_element_t<1, const std::pair<int, char>>, const char>);
    return 0;
}

static int check_array() {
    std::array a{3, 1, 2};
    IS(a, std::array<int, 3>);
    constexpr std::array<int, 3> c{{1, 2, 3}};
    static_assert(c[1] == 2 && c.size() == 3 && c.back() == 3 && *c.begin() == 1);
    static_assert(std::get<2>(c) == 3);
    static_assert(c.at(2) == 3 && !c.empty() && c.max_size() == 3 && sizeof c == 12);
    int sum = 0;
    for (int x : a)
        sum = 10 * sum + x;
    for (auto i = a.rbegin(); i != a.rend(); ++i)
        sum = 10 * sum + *i;
    EXPECT(sum == 312213 && a.front() == 3 && a.data() == &a[0] && a.at(1) == 1);
    EXPECT(*a.crbegin() == 2);
    auto [x, y, z] = a;
    EXPECT(x == 3 && y == 1 && z == 2 && a > c && a != c && c < a && a >= c && c <= a && a == a);
    std::array<int, 3> b{};
    b.fill(7);
    swap(a, b);
    EXPECT(a[2] == 7 && b[0] == 3 && std::get<0>(std::move(b)) == 3 && a.cend() - a.cbegin() == 3);
    std::array<int, 0> none;
    EXPECT(none.empty() && none.begin() == none.end() && none.size() == 0);
    std::array<std::array<double, 2>, 2> matrix{{{1, 2}, {3, 4}}};
    EXPECT(matrix[1][0] == 3 && std::tuple_size_v<decltype(matrix)> == 2);
    return 0;
}

static int check_tuple() {
    std::tuple t(1, 2.5F, 'c');
    auto [x, y, z] = t;
    EXPECT(x == 1 && y == 2.5F && z == 'c' && std::get<2>(t) == 'c');
    EXPECT(t == std::make_tuple(1, 2.5F, 'c'));
    int i;
    float f;
    std::tie(i, f, std::ignore) = t;
    EXPECT(i == 1 && f == 2.5F && std::tuple(1, 2) < std::tuple(1, 3));
    EXPECT(std::tuple(2, 0) > std::tuple(1, 3));
    EXPECT(std::tuple(1) != std::tuple(2) && std::tuple(1) <= std::tuple(1));
    EXPECT(std::tuple(1) >= std::tuple(1));
    std::tie(i, f) = std::pair(5, 6.F);
    EXPECT(i == 5 && f == 6);
    EXPECT(std::apply([](int a, int b) { return a - b; }, std::tuple(5, 3)) == 2);
    EXPECT(std::apply([](int a, int b) { return a - b; }, std::pair(5, 3)) == 2);
    std::tuple<long, double> wide = std::tuple(3, 4.F);
    EXPECT(std::get<0>(wide) == 3 && std::get<0>(std::forward_as_tuple(i)) == 5);
    static_assert(std::tuple_size_v<decltype(t)> == 3);
    static_assert(std::is_same_v<std::tuple_element_t<1, decltype(t)>, float>);
    return 0;
}

static int check_functional() {
    EXPECT(std::plus<>()(1, 2.5) == 3.5 && std::minus<int>()(5, 3) == 2);
    EXPECT(std::multiplies<>()(2, 3) == 6);
    EXPECT(std::divides<>()(7, 2) == 3 && std::modulus<>()(7, 4) == 3 && std::negate<>()(2) == -2);
    EXPECT(std::equal_to<>()(1, 1.0) && std::not_equal_to<int>()(1, 2) && std::less<>()(1, 2));
    EXPECT(std::greater<>()(2, 1) && std::less_equal<>()(1, 1) && std::greater_equal<int>()(1, 1));
    EXPECT(std::logical_and<>()(1, 2) && std::logical_or<>()(0, 1) && std::logical_not<>()(0));
    EXPECT(std::bit_and<>()(6, 3) == 2 && std::bit_or<>()(6, 3) == 7);
    EXPECT(std::bit_xor<>()(6, 3) == 5);
    EXPECT(std::bit_not<>()(0) == -1);
    int n = 1;
    auto add = [&n](int m) { return n += m; };
    std::reference_wrapper<int> r = std::ref(n);
    EXPECT(std::invoke(add, 2) == 3 && r.get() == 3 && std::cref(n) == 3 && std::ref(add)(1) == 4);
    return 0;
}

static int check_iterator() {
    int a[] = {1, 2, 3, 4};
    const auto list = {5, 6};
    EXPECT(std::size(a) == 4 && std::end(a) - std::begin(a) == 4 && *std::rbegin(a) == 4);
    EXPECT(std::rend(a)[-1] == 1 && *std::cbegin(a) == 1 && std::cend(a)[-1] == 4);
    EXPECT(*std::crbegin(a) == 4);
    EXPECT(std::crend(a) - std::crbegin(a) == 4 && std::data(a) == a && !std::empty(a));
    EXPECT(list.size() == 2);
    EXPECT(*std::begin(list) == 5 && std::end(list)[-1] == 6 && std::data(list)[1] == 6);
    EXPECT(!std::empty(list));
    int *p = a;
    std::advance(p, 2);
    EXPECT(*p == 3 && *std::next(p) == 4 && *std::prev(p, 2) == 1 && std::distance(a, p) == 2);
    auto r = std::make_reverse_iterator(a + 4);
    EXPECT(*r == 4 && r[1] == 3 && *(r + 2) == 2 && *++r == 3 && *r++ == 3 && *r-- == 2);
    EXPECT(r.base() == a + 3);
    r += 2, r -= 1, --r;
    EXPECT(r < r + 1 && r + 1 > r && r <= r && r >= r && r == r && r != 1 + r && r + 1 - r == 1);
    using traits = std::iterator_traits<const int *>;
    static_assert(std::is_same_v<traits::value_type, int>);
    static_assert(std::is_same_v<traits::reference, const int &>);
    static_assert(std::is_convertible_v<traits::iterator_category, std::forward_iterator_tag>);
    return 0;
}

static int check_new() {
    alignas(Moved) unsigned char bytes[2 * sizeof(Moved)];
    Moved *m = new (bytes) Moved(5);
    EXPECT(std::launder(m)->n == 5 && (void *)m == bytes);
    int *n = new (bytes) int[2]{1, 2};
    EXPECT(n[1] == 2 && std::hardware_destructive_interference_size == 64);
    (void)std::nothrow, (void)std::align_val_t(16);
    return 0;
}

extern "C" int check_cxx_utility() {
    int line;
    if ((line = check_utility()) || (line = check_array()) || (line = check_tuple()) ||
        (line = check_functional()) || (line = check_iterator()) || (line = check_new()))
        return line;
    return 0;
}
