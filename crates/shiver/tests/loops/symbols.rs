//! What compiled code may call: libraries, symbols given by hand, modules made for linking.

use shiver::{Args, Error, Function, Module, Options, Plan, parfor, parfor_map};

use crate::ways::{c, cxx};

fn collect(function: &Function, n: usize) -> Vec<f64> {
    // SAFETY: the bodies here touch no memory of others.
    unsafe { parfor_map(function, n, Args::new(), &Plan::default()) }.unwrap()
}

#[test]
fn libc_and_libm_are_there() {
    let f = c("#include <math.h>\n#include <stdlib.h>\n#include <string.h>\n\
               double f(long i) { char s[8] = \"2\"; s[1] = '0' + i; s[2] = 0;\n\
               return tgamma(4) + atof(s) + strlen(s) + floor(hypot(3, 4)); }");
    assert_eq!(collect(&f, 3), [33.0, 34.0, 35.0]);
}

#[test]
fn a_symbol_given_by_hand() {
    extern "C" fn thrice(x: f64) -> f64 {
        3.0 * x
    }
    static TABLE: [f64; 3] = [1.5, 2.5, 3.5];
    // SAFETY: function and table are of the types declared below, and live as long as the process.
    unsafe {
        shiver::symbols::add_symbol("test_thrice", thrice as extern "C" fn(f64) -> f64 as usize);
        shiver::symbols::add_symbol("test_table", TABLE.as_ptr() as usize);
    }
    let f = c("double test_thrice(double); extern const double test_table[3];\n\
               double f(long i) { return test_thrice(test_table[i]); }");
    assert_eq!(collect(&f, 3), [4.5, 7.5, 10.5]);
}

#[test]
fn an_undefined_symbol_is_named_and_nothing_runs() {
    let f = c("double no_such_function(double); extern int no_such_variable;\n\
               void f(double *x, long i) { x[i] = no_such_function(no_such_variable); }");
    let mut x = [1.0; 3];
    // SAFETY: nothing runs.
    let error =
        unsafe { parfor(&f, 3, Args::new().slice_mut(&mut x), &Plan::default()) }.unwrap_err();
    let Error::Link { function, symbols, .. } = &error else { panic!("{error:?}") };
    assert_eq!(function, "f");
    assert_eq!(symbols, &["no_such_function", "no_such_variable"]);
    assert_eq!(
        error.to_string(),
        "f uses no_such_function, no_such_variable, which nothing defines: name the library that \
         does with libraries=[...], or give an address with add_symbol(name, address)"
    );
    assert_eq!(x, [1.0; 3]);
}

/// The error is not remembered: once the symbol is there, the same function runs.
#[test]
fn a_symbol_may_come_later() {
    extern "C" fn late() -> f64 {
        6.5
    }
    let f = c("double test_late(void); double f(long i) { return test_late() + i; }");
    // SAFETY: nothing runs.
    let first = unsafe { parfor_map::<f64>(&f, 2, Args::new(), &Plan::default()) };
    assert!(matches!(first, Err(Error::Link { .. })), "{first:?}");
    // SAFETY: the function is of the type declared above.
    unsafe { shiver::symbols::add_symbol("test_late", late as extern "C" fn() -> f64 as usize) };
    assert_eq!(collect(&f, 2), [6.5, 7.5]);
}

#[test]
fn libraries_are_searched() {
    let options = Options::default();
    let source = "unsigned long crc32(unsigned long, const unsigned char *, unsigned);\n\
                  unsigned long f(long i) { return crc32(0, (const unsigned char *)\"123456789\", 9); }";
    for name in ["libz.so.1", "z"] {
        // Where the C library alone is installed, there is nothing to show.
        let module = match Module::from_c_with(source, &options, &[name.to_owned()], false) {
            Ok(module) => module,
            Err(Error::Library { .. }) if name == "z" => continue,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(module.identity().libraries, [name]);
        let f = module.only_function().unwrap();
        // SAFETY: the library reads the nine bytes.
        let got: Vec<u64> = unsafe { parfor_map(&f, 1, Args::new(), &Plan::default()) }.unwrap();
        assert_eq!(got, [0xCBF4_3926]);
    }
    let wrong = Module::from_c_with(source, &options, &["no_such_lib".to_owned()], false);
    let Err(Error::Library { name, message }) = wrong else { panic!("{wrong:?}") };
    assert_eq!(name, "no_such_lib");
    assert!(message.contains("no_such_lib"), "{message}");
}

#[test]
fn what_is_made_for_linking_can_be_called_by_name() {
    let library = Module::from_c_with(
        "static double secret(double x) { return x * x; } double test_factor = 10;\n\
         double test_square(double x) { return test_factor * secret(x); }",
        &Options::default(),
        &[],
        true,
    );
    drop(library.unwrap());
    let m = Module::from_c(
        "double test_square(double); extern double test_factor;\n\
         double f(long i) { return test_square(i); }\n\
         void set(double v, long i) { test_factor = v; }",
        &Options::default(),
    )
    .unwrap();
    let (f, set) = (m.function("f").unwrap(), m.function("set").unwrap());
    assert_eq!(collect(&f, 3), [0.0, 10.0, 40.0]);
    // SAFETY: one iteration writes one variable.
    unsafe { parfor(&set, 1, Args::new().scalar(2.0), &Plan::default()) }.unwrap();
    assert_eq!(collect(&f, 3), [0.0, 2.0, 8.0]);
    let f = c("double secret(double); double f(long i) { return secret(i); }");
    // SAFETY: nothing runs.
    let hidden = unsafe { parfor_map::<f64>(&f, 1, Args::new(), &Plan::default()) };
    assert!(matches!(hidden, Err(Error::Link { .. })), "a static function is not exported");
}

#[test]
fn linking_names_what_is_missing_at_once() {
    let source =
        "double test_missing(double); double test_uses(double x) { return test_missing(x); }";
    let error = Module::from_c_with(source, &Options::default(), &[], true).unwrap_err();
    assert!(
        matches!(&error, Error::Link { symbols, .. } if symbols == &["test_missing"]),
        "{error:?}"
    );
}

/// A mangled body, a template and a namespace.
#[test]
fn names_of_cxx() {
    let source = "namespace n { template <class T> T twice(T x) { return x + x; } }\n\
                  double body(long i) { return n::twice<double>(i); }";
    let m = Module::from_c(source, &cxx()).unwrap();
    assert_eq!(m.signatures()[0].name, "body");
    assert_eq!(collect(&m.function("body").unwrap(), 3), [0.0, 2.0, 4.0]);
    assert_eq!(collect(&m.only_function().unwrap(), 2), [0.0, 2.0]);
}
