//! Complex numbers by value come with an adapter that takes them by pointer.

use shiver_clang::{Language, Options, compile};
use shiver_llvm::Cpu;

mod support;
use support::{function, ir};

#[test]
fn an_adapter_for_each_function_that_needs_one() {
    let source = "
        double _Complex both(double _Complex z, const double *x, float _Complex w, long i) { return z * w + x[i]; }
        double magnitude(double _Complex z) { return __real__ z; }
        float _Complex result(const float *x, long i) { return x[i]; }
        void store(double _Complex *x, double _Complex z, long i) { x[i] = z; }
        void plain(double _Complex *x, long i) { x[i] = i; }
        static double _Complex helper(double _Complex z) { return z; }
        double _Complex many(double _Complex a, double _Complex b, double _Complex c, double _Complex d, double _Complex e) {
            return a + b + c + d + helper(e);
        }";
    let compiled = compile(
        source,
        &Options { flags: vec!["-Wall".into(), "-Wextra".into()], ..Options::default() },
        Cpu::host(),
    )
    .unwrap();
    assert_eq!(compiled.warnings, []);
    let adapters: Vec<_> =
        compiled.signatures.iter().map(|s| (s.name.as_str(), s.adapter.as_deref())).collect();
    let expected = [
        ("both", Some("both.shiver_adapter")),
        ("magnitude", Some("magnitude.shiver_adapter")),
        ("result", Some("result.shiver_adapter")),
        ("store", Some("store.shiver_adapter")),
        ("plain", None),
        ("many", Some("many.shiver_adapter")),
    ];
    assert_eq!(adapters, expected);

    let text = ir(&compiled.bitcode);
    let head = |name: &str| {
        let line = function(&text, name).lines().next().unwrap();
        // Attributes aside, this is what a caller must match.
        line.replace("noundef ", "").replace("dso_local ", "").replace("local_unnamed_addr ", "")
    };
    assert!(
        head("both.shiver_adapter").starts_with(
            "define void @both.shiver_adapter(ptr %0, ptr %1, ptr %2, ptr %3, i64 %4)"
        ),
        "{text}"
    );
    assert!(
        head("magnitude.shiver_adapter")
            .starts_with("define double @magnitude.shiver_adapter(ptr %0)"),
        "{text}"
    );
    assert!(
        head("result.shiver_adapter")
            .starts_with("define void @result.shiver_adapter(ptr %0, ptr %1, i64 %2)"),
        "{text}"
    );
    assert!(
        head("store.shiver_adapter")
            .starts_with("define void @store.shiver_adapter(ptr %0, ptr %1, i64 %2)"),
        "{text}"
    );
    assert!(function(&text, "many.shiver_adapter").contains("@many("));
    assert!(text.contains("\"target-cpu\""));
}

#[test]
fn arithmetic_is_numpys() {
    let source =
        "double _Complex f(double _Complex a, double _Complex b) { return a * b / (a - b); }";
    let text = ir(&compile(source, &Options::default(), Cpu::host()).unwrap().bitcode);
    assert!(!text.contains("__muldc3") && !text.contains("__divdc3"), "{text}");
    let full = Options { flags: vec!["-fcomplex-arithmetic=full".into()], ..Options::default() };
    let text = ir(&compile(source, &full, Cpu::host()).unwrap().bitcode);
    assert!(text.contains("__muldc3") && text.contains("__divdc3"), "{text}");
}

#[test]
fn in_cxx_too() {
    let source = "
        namespace ns { double _Complex f(double _Complex z, long i) { return z * (double)i; } }
        extern \"C\" float _Complex g(float _Complex z) { return z; }";
    let options = Options { language: Language::Cxx17, ..Options::default() };
    let compiled = compile(source, &options, Cpu::host()).unwrap();
    assert_eq!(compiled.warnings, []);
    let adapters: Vec<_> =
        compiled.signatures.iter().map(|s| s.adapter.as_deref().unwrap()).collect();
    assert_eq!(adapters, ["_ZN2ns1fECdl.shiver_adapter", "g.shiver_adapter"]);
    let text = ir(&compiled.bitcode);
    function(&text, adapters[0]);
    function(&text, adapters[1]);
}

#[test]
fn std_complex_is_a_complex_number() {
    // The least that a standard library's class has.
    let source = "
        namespace std { inline namespace v1 { template <class T> class complex {
            T re, im;
          public:
            constexpr complex(T r = T(), T i = T()) : re(r), im(i) {}
            complex(const complex &o) = default;
            complex &operator=(const complex &o) = default;
            constexpr T real() const { return re; }
        }; } }
        using z = std::complex<double>;
        z f(const z *x, z y, double d, long i) { return z(x[i].real() * d, y.real()); }
        double g(std::complex<long double> *x, std::complex<float> w) { return w.real(); }";
    let options = Options { language: Language::Cxx17, ..Options::default() };
    let compiled = compile(source, &options, Cpu::host()).unwrap();
    assert_eq!(
        compiled.signatures[0].to_string(),
        "complex128 f(const complex128* x, complex128 y, float64 d, int64 i)"
    );
    assert_eq!(
        serde_json::to_string(&compiled.signatures[1].params[1].ty).unwrap(),
        r#"{"scalar":"complex64"}"#
    );
    let text = ir(&compiled.bitcode);
    for signature in &compiled.signatures {
        function(&text, signature.adapter.as_deref().expect(&signature.name));
    }
}

#[test]
fn adapters_have_no_debug_trouble() {
    let source = "double _Complex f(double _Complex z, long i) { return z * i; }";
    let options = Options { flags: vec!["-g".into()], ..Options::default() };
    function(&ir(&compile(source, &options, Cpu::host()).unwrap().bitcode), "f.shiver_adapter");
}

#[test]
fn beside_parameters_of_every_kind() {
    let source = "
        struct big { double v[9]; };
        double _Complex f(long n, long m, const double x[n][m], double _Complex z, double (*y)[m + 1]) { return x[1][2] * z + y[1][0]; }
        double g(double _Complex z, ...) { return __real__ z; }
        double h(z) double _Complex z; { return __real__ z; }
        double k(double _Complex z, struct big b, double (*call)(double), int v[3]) { return call(b.v[0]) + v[1] + __imag__ z; }
        __attribute__((deprecated)) double _Complex old(const double _Complex z) { return z; }";
    for language in [Language::C17, Language::Cxx17] {
        let source = if language == Language::C17 {
            source.to_owned()
        } else {
            source.replace("double h(z) double _Complex z;", "double h(double _Complex z)")
        };
        let compiled =
            compile(&source, &Options { language, ..Options::default() }, Cpu::host()).unwrap();
        assert!(
            compiled.warnings.iter().all(|warning| warning.line < 7),
            "{:?}",
            compiled.warnings
        );
        let text = ir(&compiled.bitcode);
        for signature in &compiled.signatures {
            function(&text, signature.adapter.as_deref().expect(&signature.name));
        }
    }
}

#[test]
fn a_call_that_cannot_be_written_has_no_adapter() {
    let source = "
        struct Unique { Unique(); Unique(const Unique &) = delete; int v; };
        double f(Unique u, double _Complex z) { return u.v; }
        double g(int &r, double _Complex z) { return r; }";
    let options = Options { language: Language::Cxx17, ..Options::default() };
    let compiled = compile(source, &options, Cpu::host()).unwrap();
    assert_eq!(compiled.signatures[0].adapter, None);
    assert_eq!(
        compiled.signatures[0].params[0].ty,
        shiver_signature::Type::Unsupported("struct Unique".into())
    );
    assert!(compiled.signatures[1].adapter.is_some());
}
