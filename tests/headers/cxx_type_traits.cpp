// <type_traits>: each trait, true of one type and false of another, as struct and as variable.
#include <type_traits>

#define YES(name, ...) static_assert(std::name<__VA_ARGS__>::value && std::name##_v<__VA_ARGS__>)
#define NO(name, ...) static_assert(!std::name<__VA_ARGS__>::value && !std::name##_v<__VA_ARGS__>)
#define GIVES(name, from, to) \
    static_assert(__is_same(std::name<from>::type, to) && __is_same(std::name##_t<from>, to))

struct Empty {};
struct Plain {
    int x;
    double y;
};
struct Base {
    virtual ~Base() = default;
};
struct Derived final : Base {};
struct Abstract {
    virtual void f() = 0;
};
struct Guarded {
    Guarded(int) noexcept(false);
    Guarded(const Guarded &) = delete;
    Guarded &operator=(const Guarded &) = delete;
    ~Guarded();
};
union Either {
    int i;
    float f;
};
enum Old { old };
enum class New : short { fresh };
using Function = int(double);

YES(is_void, const void);
NO(is_void, int);
YES(is_null_pointer, const decltype(nullptr));
NO(is_null_pointer, void *);
YES(is_integral, const bool);
NO(is_integral, float);
YES(is_floating_point, long double);
NO(is_floating_point, int);
YES(is_array, int[]);
NO(is_array, int *);
YES(is_pointer, int *const);
NO(is_pointer, decltype(nullptr));
YES(is_lvalue_reference, int &);
NO(is_lvalue_reference, int &&);
YES(is_rvalue_reference, int &&);
NO(is_rvalue_reference, int);
YES(is_member_object_pointer, int Plain::*);
NO(is_member_object_pointer, void (Base::*)());
YES(is_member_function_pointer, void (Base::*)());
NO(is_member_function_pointer, int Plain::*);
YES(is_enum, New);
NO(is_enum, int);
YES(is_union, Either);
NO(is_union, Plain);
YES(is_class, Plain);
NO(is_class, Either);
YES(is_function, Function);
NO(is_function, Function *);
YES(is_reference, int &&);
NO(is_reference, int);
YES(is_arithmetic, char);
NO(is_arithmetic, int *);
YES(is_fundamental, void);
NO(is_fundamental, Old);
YES(is_object, Plain);
NO(is_object, int &);
YES(is_scalar, Old);
NO(is_scalar, Plain);
YES(is_compound, Plain);
NO(is_compound, int);
YES(is_member_pointer, int Plain::*);
NO(is_member_pointer, int *);
YES(is_const, const int);
NO(is_const, const int *);
YES(is_volatile, volatile int);
NO(is_volatile, int);
YES(is_trivial, Plain);
NO(is_trivial, Base);
YES(is_trivially_copyable, Plain);
NO(is_trivially_copyable, Base);
YES(is_standard_layout, Plain);
NO(is_standard_layout, Base);
YES(is_pod, Plain);
NO(is_pod, Base);
YES(is_literal_type, Plain);
NO(is_literal_type, Guarded);
YES(has_unique_object_representations, int);
NO(has_unique_object_representations, float);
YES(is_empty, Empty);
NO(is_empty, Plain);
YES(is_polymorphic, Base);
NO(is_polymorphic, Plain);
YES(is_abstract, Abstract);
NO(is_abstract, Base);
YES(is_final, Derived);
NO(is_final, Base);
YES(is_aggregate, Plain);
NO(is_aggregate, Guarded);
YES(is_signed, float);
NO(is_signed, unsigned);
YES(is_unsigned, bool);
NO(is_unsigned, int);

YES(is_constructible, Guarded, int);
NO(is_constructible, Guarded, int, int);
YES(is_trivially_constructible, Plain, const Plain &);
NO(is_trivially_constructible, Guarded, int);
YES(is_nothrow_constructible, int, double);
NO(is_nothrow_constructible, Guarded, int);
YES(is_default_constructible, Plain);
NO(is_default_constructible, Guarded);
YES(is_trivially_default_constructible, Plain);
NO(is_trivially_default_constructible, Base);
YES(is_nothrow_default_constructible, Plain);
NO(is_nothrow_default_constructible, Guarded);
YES(is_copy_constructible, Plain);
NO(is_copy_constructible, Guarded);
YES(is_trivially_copy_constructible, Plain);
NO(is_trivially_copy_constructible, Base);
YES(is_nothrow_copy_constructible, Plain);
NO(is_nothrow_copy_constructible, Guarded);
YES(is_move_constructible, Plain);
NO(is_move_constructible, Guarded);
YES(is_trivially_move_constructible, Plain);
NO(is_trivially_move_constructible, Base);
YES(is_nothrow_move_constructible, Plain);
NO(is_nothrow_move_constructible, Guarded);
YES(is_assignable, int &, double);
NO(is_assignable, int, int);
YES(is_trivially_assignable, int &, double);
NO(is_trivially_assignable, Base &, const Base &);
YES(is_nothrow_assignable, int &, double);
NO(is_nothrow_assignable, Guarded &, int);
YES(is_copy_assignable, Plain);
NO(is_copy_assignable, Guarded);
YES(is_trivially_copy_assignable, Plain);
NO(is_trivially_copy_assignable, Base);
YES(is_nothrow_copy_assignable, Plain);
NO(is_nothrow_copy_assignable, Guarded);
YES(is_move_assignable, Plain);
NO(is_move_assignable, const Plain);
YES(is_trivially_move_assignable, Plain);
NO(is_trivially_move_assignable, Base);
YES(is_nothrow_move_assignable, Plain);
NO(is_nothrow_move_assignable, Guarded);
YES(is_destructible, Base);
NO(is_destructible, void);
YES(is_trivially_destructible, Plain);
NO(is_trivially_destructible, Base);
YES(is_nothrow_destructible, Base);
NO(is_nothrow_destructible, void);
YES(has_virtual_destructor, Base);
NO(has_virtual_destructor, Plain);
YES(is_same, int, int);
NO(is_same, int, long);
YES(is_base_of, Base, Derived);
NO(is_base_of, Derived, Base);
YES(is_convertible, Derived *, Base *);
NO(is_convertible, Base *, Derived *);
YES(is_invocable, Function *, int);
NO(is_invocable, Function *, Plain);
YES(is_invocable_r, long, Function *, int);
NO(is_invocable_r, Plain, Function *, int);
YES(conjunction, std::true_type, std::is_same<int, int>);
NO(conjunction, std::true_type, std::false_type);
YES(disjunction, std::false_type, std::true_type);
NO(disjunction, std::false_type, std::false_type);
YES(negation, std::false_type);
NO(negation, std::true_type);
YES(conjunction);
NO(disjunction);

GIVES(remove_const, const int, int);
GIVES(remove_volatile, volatile int, int);
GIVES(remove_cv, const volatile int, int);
GIVES(add_const, int, const int);
GIVES(add_volatile, int, volatile int);
GIVES(add_cv, int, const volatile int);
GIVES(remove_reference, int &&, int);
GIVES(add_lvalue_reference, int, int &);
GIVES(add_lvalue_reference, void, void);
GIVES(add_rvalue_reference, int, int &&);
GIVES(remove_pointer, int *const, int);
GIVES(add_pointer, int &, int *);
GIVES(make_signed, unsigned long, long);
GIVES(make_unsigned, const short, const unsigned short);
GIVES(remove_extent, int[2][3], int[3]);
GIVES(remove_all_extents, int[2][3], int);
GIVES(decay, const int &, int);
GIVES(decay, const int[3], const int *);
GIVES(decay, Function, Function *);
GIVES(underlying_type, New, short);
GIVES(result_of, Function *(int), int);

static_assert(__is_same(std::common_type_t<int, float, double>, double));
static_assert(__is_same(std::common_type_t<const int &, long>, long));
static_assert(__is_same(std::common_type_t<Derived *, Base *>, Base *));
static_assert(__is_same(std::invoke_result_t<Function *, int>, int));
static_assert(__is_same(std::enable_if_t<true, int>, int));
static_assert(__is_same(std::void_t<int, int>, void));
static_assert(__is_same(std::conditional_t<true, int, long>, int));
static_assert(__is_same(std::conditional_t<false, int, long>, long));
static_assert(std::alignment_of_v<double> == 8 && std::alignment_of<char>::value == 1);
static_assert(std::rank_v<int[2][3]> == 2 && std::rank<int>::value == 0);
static_assert(std::extent_v<int[2][3]> == 2 && std::extent<int[2][3], 1>::value == 3);
static_assert(sizeof(std::aligned_storage_t<24, 8>) == 24);
static_assert(alignof(std::aligned_storage_t<24, 8>) == 8);
static_assert(std::integral_constant<int, 5>()() == 5 && std::bool_constant<true>());
static_assert(__is_same(decltype(std::declval<int>()), int &&));

template <class T, class = void>
struct has_member : std::false_type {};
template <class T>
struct has_member<T, std::void_t<decltype(std::declval<T>().x)>> : std::true_type {};
static_assert(has_member<Plain>::value && !has_member<Empty>::value);

extern "C" int check_cxx_type_traits() { return 0; }
