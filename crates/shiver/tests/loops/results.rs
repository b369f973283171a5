//! Results: every type, in the order of trips, or dropped.

use half::f16;
use num_complex::Complex;
use shiver::{Args, CodegenError, Dim, Element, Error, Plan, Space, parfor, parfor_map};

use crate::ways::{all_ways, c, run};

const N: usize = 101;

fn check<T: Element + PartialEq + std::fmt::Debug>(ty: &str, wanted: impl Fn(i64) -> T) {
    let f = c(&format!("#include <complex.h>\n{ty} f(long i) {{ return ({ty})(i - 50); }}"));
    for plan in all_ways() {
        // SAFETY: the body touches no memory.
        let got: Vec<T> = unsafe { parfor_map(&f, N, Args::new(), &plan) }.unwrap();
        assert!(got.iter().enumerate().all(|(i, &v)| v == wanted(i as i64 - 50)), "{ty} {plan:?}");
    }
}

#[test]
fn every_type_is_collected() {
    check("_Bool", |i| i != 0);
    check("signed char", |i| i as i8);
    check("unsigned char", |i| i as u8);
    check("short", |i| i as i16);
    check("unsigned short", |i| i as u16);
    check("int", |i| i as i32);
    check("unsigned", |i| i as u32);
    check("long", |i| i);
    check("long long", |i| i);
    check("unsigned long", |i| i as u64);
    check("_Float16", |i| f16::from_f64(i as f64));
    check("float", |i| i as f32);
    check("double", |i| i as f64);
    check("float _Complex", |i| Complex::new(i as f32, 0.0));
    check("double _Complex", |i| Complex::new(i as f64, 0.0));
}

/// Plain `char` is a byte of either sign.
#[test]
fn plain_char_is_collected_as_either_byte() {
    check("char", |i| i as i8);
    check("char", |i| i as u8);
}

#[test]
fn complex_arguments_and_results_go_through_the_adapter() {
    let f = c("#include <complex.h>\n\
               double complex f(double complex a, const float complex *z, float s, long i) {\n\
               return a * z[i] + s * I; }");
    let z: Vec<Complex<f32>> = (0..N).map(|i| Complex::new(i as f32, -1.0)).collect();
    for plan in all_ways() {
        let args = Args::new().scalar(Complex::new(2.0f64, 3.0)).slice(&z).scalar(0.5f32);
        // SAFETY: the body reads z[i].
        let got: Vec<Complex<f64>> = unsafe { parfor_map(&f, N, args, &plan) }.unwrap();
        for (i, &value) in got.iter().enumerate() {
            let i = i as f64;
            assert_eq!(value, Complex::new(2.0 * i + 3.0, 3.0 * i - 2.0 + 0.5), "{plan:?}");
        }
    }
}

#[test]
fn results_come_in_the_order_of_trips() {
    let f = c("long f(int i, int j) { return i * 100 + j; }");
    let dims = [Dim::new(9, 0, -3).unwrap(), Dim::new(-4, 20, 5).unwrap()];
    for plan in all_ways() {
        // SAFETY: the body touches no memory.
        let got: Vec<i64> =
            unsafe { parfor_map(&f, Space::new(dims).unwrap(), Args::new(), &plan) }.unwrap();
        assert_eq!(
            got,
            [896, 901, 906, 911, 916, 596, 601, 606, 611, 616, 296, 301, 306, 311, 316]
        );
    }
}

#[test]
fn an_empty_space_gives_nothing_and_runs_nothing() {
    let f = c("int f(int *x, int i) { return x[i] = 1; }");
    let mut x = [0];
    // SAFETY: no iteration runs.
    let got: Vec<i32> =
        unsafe { parfor_map(&f, 5..5, Args::new().slice_mut(&mut x), &Plan::default()) }.unwrap();
    assert!(got.is_empty());
    assert_eq!(x, [0]);
}

#[test]
fn results_of_a_plain_parfor_are_dropped() {
    let f = c("double f(double *x, long i) { x[i] += i; return 7; }");
    for plan in all_ways() {
        let mut x = vec![1.0; N];
        run(&f, N, Args::new().slice_mut(&mut x), &plan);
        assert!(x.iter().enumerate().all(|(i, &v)| v == 1.0 + i as f64));
    }
}

#[test]
fn another_type_than_the_functions_is_an_error() {
    let f = c("double f(long i) { return i; }");
    // SAFETY: nothing runs.
    let error = unsafe { parfor_map::<f32>(&f, N, Args::new(), &Plan::default()) }.unwrap_err();
    assert!(matches!(error, Error::Result { .. }));
    assert_eq!(error.to_string(), "the function returns float64, not float32");

    let f = c("void f(long i) {}");
    // SAFETY: nothing runs.
    let error = unsafe { parfor_map::<i64>(&f, N, Args::new(), &Plan::default()) }.unwrap_err();
    assert_eq!(error.to_string(), "the function returns void, not int64");

    let f = c("long *f(long *x, long i) { return x + i; }");
    let mut x = [0i64; 4];
    // SAFETY: nothing runs.
    let error = unsafe { shiver::parfor(&f, 4, Args::new().slice_mut(&mut x), &Plan::default()) };
    assert!(matches!(error, Err(Error::Codegen(CodegenError::Signature { .. }))), "{error:?}");
}

#[test]
fn more_results_than_fit_in_memory_are_an_error() {
    let f = c("double f(long i) { return i; }");
    let huge = 1u64 << 60;
    // SAFETY: nothing runs.
    let results = unsafe { parfor_map::<f64>(&f, huge, Args::new(), &Plan::default()) };
    assert_eq!(results, Err(Error::Memory { bytes: 1 << 63 }));
    // SAFETY: as above.
    let dropped = unsafe { parfor(&f, huge, Args::new(), &Plan::default()) };
    assert!(dropped.unwrap_err().to_string().contains("no room for 9223372036854775808 bytes"));
}
