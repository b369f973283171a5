//! What is declared is what the signature says.

use shiver_clang::{Compiled, Language, Options, compile};
use shiver_llvm::Cpu;
use shiver_signature::{Signature, Type};

fn compiled(source: &str, options: &Options) -> Compiled {
    compile(source, options, Cpu::host()).unwrap_or_else(|failure| panic!("{source}\n{failure}"))
}

fn only(source: &str) -> Signature {
    let mut signatures = compiled(source, &Options::default()).signatures;
    assert_eq!(signatures.len(), 1, "{source}: {signatures:?}");
    signatures.remove(0)
}

fn json(ty: &Type) -> String {
    serde_json::to_string(ty).unwrap()
}

/// The JSON of the type of the first parameter declared as `declaration`.
fn param(declaration: &str) -> String {
    let source = format!(
        "#include <stddef.h>\n#include <stdint.h>\n#include <stdbool.h>\n\
         typedef float real; typedef real *reals; typedef double vec3[3]; typedef struct {{ int a; }} anonymous;\n\
         struct point {{ double x, y; }}; union either {{ int i; float f; }}; enum color {{ RED }};\n\
         enum big {{ HUGE_ = 0x1ffffffffLL }}; struct hidden; typedef int four __attribute__((vector_size(16)));\n\
         void f({declaration}) {{}}"
    );
    json(&only(&source).params[0].ty)
}

#[test]
fn scalars() {
    let table = [
        ("_Bool x", "bool"),
        ("bool x", "bool"),
        ("char x", "char"),
        ("signed char x", "int8"),
        ("unsigned char x", "uint8"),
        ("short x", "int16"),
        ("unsigned short x", "uint16"),
        ("int x", "int32"),
        ("unsigned x", "uint32"),
        ("long x", "int64"),
        ("unsigned long x", "uint64"),
        ("long long x", "int64"),
        ("unsigned long long x", "uint64"),
        ("size_t x", "uint64"),
        ("ptrdiff_t x", "int64"),
        ("intptr_t x", "int64"),
        ("int8_t x", "int8"),
        ("uint16_t x", "uint16"),
        ("int32_t x", "int32"),
        ("uint64_t x", "uint64"),
        ("wchar_t x", "int32"),
        ("_Float16 x", "float16"),
        ("float x", "float32"),
        ("real x", "float32"),
        ("double x", "float64"),
        ("const double x", "float64"),
        ("volatile int x", "int32"),
        ("_Atomic int x", "int32"),
        ("float _Complex x", "complex64"),
        ("double _Complex x", "complex128"),
        ("enum color x", "uint32"),
        ("enum big x", "uint64"),
    ];
    for (declaration, name) in table {
        assert_eq!(param(declaration), format!(r#"{{"scalar":"{name}"}}"#), "{declaration}");
    }
    let unsigned = Options { flags: vec!["-funsigned-char".into()], ..Options::default() };
    let signature = &compiled("void f(char c) {}", &unsigned).signatures[0];
    assert_eq!(json(&signature.params[0].ty), r#"{"scalar":"uint8"}"#);
}

#[test]
fn pointers() {
    let table = [
        ("double *x", r#"{"to":{"scalar":"float64"},"const":false}"#),
        ("const float *restrict x", r#"{"to":{"scalar":"float32"},"const":true}"#),
        ("float const *const x", r#"{"to":{"scalar":"float32"},"const":true}"#),
        ("double *const x", r#"{"to":{"scalar":"float64"},"const":false}"#),
        ("reals x", r#"{"to":{"scalar":"float32"},"const":false}"#),
        ("const reals x", r#"{"to":{"scalar":"float32"},"const":false}"#),
        ("volatile int *x", r#"{"to":{"scalar":"int32"},"const":false}"#),
        ("_Atomic long *x", r#"{"to":{"scalar":"int64"},"const":false}"#),
        ("void *x", r#"{"to":"void","const":false}"#),
        ("const void *x", r#"{"to":"void","const":true}"#),
        ("double x[10]", r#"{"to":{"scalar":"float64"},"const":false}"#),
        ("double x[static 10]", r#"{"to":{"scalar":"float64"},"const":false}"#),
        ("const char x[]", r#"{"to":{"scalar":"char"},"const":true}"#),
        ("vec3 x", r#"{"to":{"scalar":"float64"},"const":false}"#),
        ("vec3 *x", r#"{"to":{"scalar":"float64"},"const":false,"dims":[{"const":3}]}"#),
        ("double (*x)[3]", r#"{"to":{"scalar":"float64"},"const":false,"dims":[{"const":3}]}"#),
        (
            "const double (*x)[3][4]",
            r#"{"to":{"scalar":"float64"},"const":true,"dims":[{"const":3},{"const":4}]}"#,
        ),
        ("double x[][5]", r#"{"to":{"scalar":"float64"},"const":false,"dims":[{"const":5}]}"#),
        (
            "double x[2][3][4]",
            r#"{"to":{"scalar":"float64"},"const":false,"dims":[{"const":3},{"const":4}]}"#,
        ),
        ("double (*x)[]", r#"{"to":{"scalar":"float64"},"const":false,"dims":["unknown"]}"#),
        ("float _Complex *x", r#"{"to":{"scalar":"complex64"},"const":false}"#),
        ("int **x", r#"{"to":{"pointer":{"to":{"scalar":"int32"},"const":false}},"const":false}"#),
        (
            "int *x[4]",
            r#"{"to":{"pointer":{"to":{"scalar":"int32"},"const":false}},"const":false}"#,
        ),
        (
            "const int *const *x",
            r#"{"to":{"pointer":{"to":{"scalar":"int32"},"const":true}},"const":true}"#,
        ),
        ("struct hidden *x", r#"{"to":{"opaque":"struct hidden"},"const":false}"#),
        ("union either *x", r#"{"to":{"opaque":"union either"},"const":false}"#),
        ("long double *x", r#"{"to":{"opaque":"long double"},"const":false}"#),
        ("double (*x)(double)", r#"{"to":{"opaque":"double (double)"},"const":false}"#),
        ("double x(double)", r#"{"to":{"opaque":"double (double)"},"const":false}"#),
    ];
    for (declaration, expected) in table {
        assert_eq!(param(declaration), format!(r#"{{"pointer":{expected}}}"#), "{declaration}");
    }
}

#[test]
fn dimensions_given_by_other_parameters() {
    let table = [
        ("long n, long m, double x[n][m]", r#"[{"param":1}]"#),
        ("int n, unsigned m, int k, const double x[n][m][k]", r#"[{"param":1},{"param":2}]"#),
        ("long m, double x[][m]", r#"[{"param":0}]"#),
        ("long m, double (*x)[m]", r#"[{"param":0}]"#),
        ("long m, double x[restrict static 2][(m)]", r#"[{"param":0}]"#),
        ("long m, double x[3][m + 1]", r#"["unknown"]"#),
        ("long m, double x[m][m][7]", r#"[{"param":0},{"const":7}]"#),
    ];
    for (declaration, dims) in table {
        let signature = only(&format!("void f({declaration}) {{}}"));
        let pointer = signature.params.last().unwrap().ty.as_pointer().unwrap();
        assert_eq!(serde_json::to_string(&pointer.dims).unwrap(), dims, "{declaration}");
        assert_eq!(pointer.is_const, declaration.contains("const"), "{declaration}");
    }
    let signature = only("static int rows; void f(double x[2][rows]) {}");
    assert_eq!(
        serde_json::to_string(&signature.params[0].ty.as_pointer().unwrap().dims).unwrap(),
        r#"["unknown"]"#
    );
    assert_eq!(
        only("void f(long n, long m, const double x[n][m], long i) {}").to_string(),
        "void f(int64 n, int64 m, const float64 (*x)[m], int64 i)"
    );
}

#[test]
fn structs_behind_pointers() {
    assert_eq!(
        param("const struct point *x"),
        concat!(
            r#"{"pointer":{"to":{"struct":{"name":"point","size":16,"align":8,"fields":["#,
            r#"{"name":"x","offset":0,"type":{"scalar":"float64"}},"#,
            r#"{"name":"y","offset":8,"type":{"scalar":"float64"}}]}},"const":true}}"#
        )
    );
    assert!(param("anonymous *x").contains(r#""name":"anonymous","size":4"#));
    let source = "
        struct node { struct node *next; struct node **all; };
        struct inner { char tag; short v[2][3]; };
        struct outer {
            struct inner in[2]; const float *data; long double l; int bits : 3, : 5, more : 2; union { int i; float f; };
            struct { char c; double d; }; _Complex float z; struct node *list; enum { A } e; int flexible[];
        };
        struct __attribute__((packed)) tight { char c; double d; };
        void f(struct outer *o, struct tight *t) {}";
    let signature = only(source);
    let Type::Struct(outer) = &signature.params[0].ty.as_pointer().unwrap().to else {
        panic!("{signature:?}")
    };
    let fields: Vec<_> =
        outer.fields.iter().map(|f| (f.name.as_str(), f.offset, json(&f.ty))).collect();
    let node = r#"{"pointer":{"to":{"struct":{"name":"node","size":16,"align":8,"fields":[{"name":"next","offset":0,"type":{"pointer":{"to":{"opaque":"struct node"},"const":false}}},{"name":"all","offset":8,"type":{"pointer":{"to":{"pointer":{"to":{"opaque":"struct node"},"const":false}},"const":false}}}]}},"const":false}}"#;
    let inner = r#"{"array":{"of":{"struct":{"name":"inner","size":14,"align":2,"fields":[{"name":"tag","offset":0,"type":{"scalar":"char"}},{"name":"v","offset":2,"type":{"array":{"of":{"array":{"of":{"scalar":"int16"},"len":3}},"len":2}}}]}},"len":2}}"#;
    let expected = [
        ("in", 0, inner),
        ("data", 32, r#"{"pointer":{"to":{"scalar":"float32"},"const":true}}"#),
        ("l", 48, r#"{"unsupported":"long double"}"#),
        ("bits", 64, r#"{"unsupported":"int : 3"}"#),
        ("more", 65, r#"{"unsupported":"int : 2"}"#),
        ("", 68, r#"{"unsupported":"union "}"#),
        ("c", 72, r#"{"scalar":"char"}"#),
        ("d", 80, r#"{"scalar":"float64"}"#),
        ("z", 88, r#"{"scalar":"complex64"}"#),
        ("list", 96, node),
        ("e", 104, r#"{"scalar":"uint32"}"#),
        ("flexible", 108, r#"{"unsupported":"int[]"}"#),
    ];
    assert_eq!(fields.len(), expected.len());
    for (field, (name, offset, ty)) in fields.iter().zip(expected) {
        assert_eq!((field.0, field.1, field.2.as_str()), (name, offset, ty));
    }
    let Type::Struct(tight) = &signature.params[1].ty.as_pointer().unwrap().to else {
        panic!("{signature:?}")
    };
    assert_eq!((tight.size, tight.align, tight.fields[1].offset), (9, 1, 1));
}

#[test]
fn what_cannot_be_passed_is_named() {
    let table = [
        ("struct point x", "struct point"),
        ("anonymous x", "struct anonymous"),
        ("union either x", "union either"),
        ("long double x", "long double"),
        ("long double _Complex x", "_Complex long double"),
        ("__int128 x", "__int128"),
        ("unsigned __int128 x", "unsigned __int128"),
        ("__bf16 x", "__bf16"),
        ("_BitInt(7) x", "_BitInt(7)"),
        ("four x", "__attribute__((__vector_size__(4 * sizeof(int)))) int"),
    ];
    for (declaration, name) in table {
        assert_eq!(param(declaration), format!(r#"{{"unsupported":"{name}"}}"#), "{declaration}");
    }
    let signature = only("void f(int n, ...) {}");
    assert_eq!(json(&signature.params[1].ty), r#"{"unsupported":"..."}"#);
    let signature = only("double f(x) float x; { return x; }");
    assert_eq!(json(&signature.params[1].ty), r#"{"unsupported":"()"}"#);
    assert_eq!(only("double f() { return 1; }").params, []);
    assert_eq!(
        json(&only("long double f(int i) { return i; }").returns),
        r#"{"unsupported":"long double"}"#
    );
}

#[test]
fn results_and_names() {
    assert_eq!(only("void f(int) { }").to_string(), "void f(int32)");
    assert_eq!(
        only("_Float16 half(_Float16 x) { return x; }").to_string(),
        "float16 half(float16 x)"
    );
    assert_eq!(only("const char *f(void) { return 0; }").to_string(), "const char* f()");
    let signature = only("double f(double x) __asm__(\"g\"); double f(double x) { return x; }");
    assert_eq!((signature.name.as_str(), signature.symbol.as_str()), ("f", "g"));
}

#[test]
fn helpers_are_no_candidates() {
    let source = "
        static double helper(double x) { return x + 1; }
        inline double inlined(double x) { return x * 2; }
        static inline int both(int x) { return x; }
        double declared(double x);
        extern inline double external(double x) { return x; }
        double body(double x) { return helper(inlined(x)) + both(3); }
        double second(double x) { return x; }";
    let names: Vec<_> =
        compiled(source, &Options::default()).signatures.into_iter().map(|s| s.name).collect();
    assert_eq!(names, ["external", "body", "second"]);
    assert_eq!(compiled("int x;", &Options::default()).signatures, []);
}

#[test]
fn cxx_names_symbols_and_types() {
    let options = Options { language: Language::Cxx17, ..Options::default() };
    let source = r#"
        namespace a { namespace b { double f(double x) { return x; } } }
        namespace { double hidden(double x) { return x; } }
        extern "C" int plain(bool b, char8 c);
        struct P { double x; double norm() const; double get() { return x; } };
        double P::norm() const { return x; }
        struct Derived : P { int y; };
        template <class T> T twice(T x) { return x + x; }
        template <> int twice(int x) { return x; }
        template float twice<float>(float);
        inline int helper(int x) { return x; }
        constexpr int constant(int x) { return x; }
        P operator+(P a, P b) { return {a.x + b.x}; }
        void g(P *p, Derived *d, const double &r, P v, int (&&q)[3], decltype(nullptr) n) {
            hidden(1); twice(1.0); [](int x) { return x; }(3);
        }
        enum class E : unsigned char { A }; enum F : bool { B };
        auto h(E e, F f, char16_t c) { return e == E::A; }
        extern "C" { long last(long i) { return i; } }
    "#
    .replace("char8", "char");
    let signatures = compiled(&source, &options).signatures;
    let names: Vec<_> = signatures.iter().map(|s| (s.name.as_str(), s.symbol.as_str())).collect();
    assert_eq!(names[0], ("a::b::f", "_ZN1a1b1fEd"));
    assert_eq!(names.iter().map(|n| n.0).collect::<Vec<_>>(), ["a::b::f", "g", "h", "last"]);
    assert_eq!(names[3], ("last", "last"));
    let types: Vec<_> = signatures[1].params.iter().map(|p| json(&p.ty)).collect();
    assert!(types[0].contains(r#""struct":{"name":"P","size":8"#), "{}", types[0]);
    assert_eq!(types[1], r#"{"pointer":{"to":{"opaque":"struct Derived"},"const":false}}"#);
    assert_eq!(types[2], r#"{"unsupported":"const double &"}"#);
    assert_eq!(types[3], r#"{"unsupported":"struct P"}"#);
    assert_eq!(types[4], r#"{"unsupported":"int (&&)[3]"}"#);
    assert_eq!(types[5], r#"{"unsupported":"std::nullptr_t"}"#);
    assert_eq!(signatures[2].to_string(), "bool h(uint8 e, bool f, uint16 c)");
}

#[test]
fn what_is_too_deep_to_be_described_is_opaque() {
    for stars in [19, 20, 21, 200, 5000] {
        let described = param(&format!("int {}x", "*".repeat(stars)));
        assert_eq!(described.contains("opaque"), stars > 20, "{stars}");
    }
    let structs: String =
        (1..100).map(|k| format!("struct s{k} {{ struct s{} *next; }};", k - 1)).collect();
    let source = format!("struct s0 {{ int x; }}; {structs} void f(struct s99 *x) {{}}");
    assert!(json(&only(&source).params[0].ty).contains("opaque"));
    let nested = format!("{}int x;{}", "struct { ".repeat(60), "} x;".repeat(60));
    let source = format!("struct s {{ {nested} }}; void f(struct s *x) {{}}");
    assert!(json(&only(&source).params[0].ty).contains("unsupported"));
    let source = format!("struct s {{ int x{}; }}; void f(struct s *x) {{}}", "[1]".repeat(60));
    assert!(json(&only(&source).params[0].ty).contains("unsupported"));
}
