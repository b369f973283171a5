//! What compilations share changes none of them: the tenth gives what the first gave.

use shiver_clang::{Compiled, Failure, FastMath, Language, Options, compile};
use shiver_llvm::Cpu;

fn with(flags: &[&str]) -> Options {
    Options { flags: flags.iter().map(|flag| (*flag).to_owned()).collect(), ..Options::default() }
}

/// More sets of options than are kept.
fn options() -> Vec<Options> {
    let defined = |value: &str| {
        let defines = vec![("N".to_owned(), Some(value.to_owned()))];
        Options { defines, ..Options::default() }
    };
    vec![
        Options::default(),
        Options { language: Language::Cxx17, ..Options::default() },
        Options { fastmath: FastMath::all(), ..Options::default() },
        defined("3"),
        defined("4"),
        with(&["-std=c99", "-Wall", "-Wno-such-warning"]),
        with(&["-fno-builtin"]),
        with(&["-march=x86-64", "-Wextra"]),
    ]
}

const SOURCE: &str = "
#ifndef N
#define N 2
#endif
int unused(int n) { int x; return n; }
double f(double *x, long i) { x[i] *= N; return __builtin_sqrt(x[i]) + __builtin_popcountl(i); }
";

fn of(source: &str, options: &Options) -> Result<Compiled, Failure> {
    compile(source, options, Cpu::host())
}

#[test]
fn options_that_take_turns_do_not_meet() {
    let options = options();
    let first: Vec<_> = options.iter().map(|options| of(SOURCE, options).unwrap()).collect();
    assert!(first[5].warnings.iter().any(|w| w.message.contains("unknown warning option")));
    for _ in 0..3 {
        for (options, first) in options.iter().zip(&first).rev() {
            assert_eq!(&of(SOURCE, options).unwrap(), first);
        }
    }
}

#[test]
fn options_that_are_refused_are_refused_again() {
    let refused = with(&["-march=pentium-9"]);
    let first = of(SOURCE, &refused).unwrap_err();
    assert!(matches!(first, Failure::Flag { .. }), "{first}");
    assert_eq!(of(SOURCE, &refused).unwrap_err(), first);
}

/// The messages about a source.
fn messages(source: &str, options: &Options) -> Vec<String> {
    let diagnostics = match of(source, options) {
        Ok(compiled) => compiled.warnings,
        Err(Failure::Diagnostics(diagnostics)) => diagnostics,
        Err(failure) => panic!("{failure}"),
    };
    let notes = |d: &shiver_clang::Diagnostic| {
        d.notes.iter().map(|note| note.message.clone()).collect::<Vec<_>>().join("; ")
    };
    diagnostics.iter().map(|d| format!("{} {}", d.message, notes(d))).collect()
}

#[test]
fn builtin_functions_are_known_by_name_and_only_where_they_are_builtin() {
    let plain = Options::default();
    let is_there = "#if !__has_builtin(__builtin_memcpy) || !__has_builtin(__builtin_ia32_pause)
                    #error not there\n#endif
                    #if __has_builtin(no_builtin)\n#error too much\n#endif
                    int f(int i) { return i; }";
    for _ in 0..2 {
        assert_eq!(messages(is_there, &plain), [""; 0]);
        // C's own functions are known before they are declared.
        let undeclared = messages("double f(double x) { return cos(x); }", &plain);
        assert!(undeclared[0].contains("library function 'cos'"), "{undeclared:?}");
        // And are none where a flag says so, or where the source has another function of that name.
        let none = messages("double f(double x) { return cos(x); }", &with(&["-fno-builtin"]));
        assert!(none[0].contains("undeclared function 'cos'"), "{none:?}");
        let own = "int cos(int x); int f(int x) { return cos(x); }";
        assert!(messages(own, &plain)[0].contains("incompatible redeclaration"));
        // A macro may have such a name, and so may a variable.
        let names =
            "#define __builtin_popcount 3\n int f(int abs) { return abs + __builtin_popcount; }";
        assert_eq!(messages(names, &plain), [""; 0]);
        // They are among the names that may have been meant, used or not.
        let cxx = Options { language: Language::Cxx17, ..Options::default() };
        let misspelt = messages("int f(int x) { return x + __builtin_popcuont; }", &cxx);
        assert!(misspelt[0].contains("did you mean '__builtin_popcount'"), "{misspelt:?}");
    }
}
