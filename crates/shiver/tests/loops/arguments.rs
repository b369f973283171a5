//! Arguments of every type, and wrong ones.

use half::f16;
use num_complex::Complex;
use shiver::{Args, Element, Error, Function, Plan, parfor, parfor_map};

use crate::ways::c;

/// Sends a scalar and a slice of each type through a body that compares them bit by bit.
fn check<T: Element>(ty: &str, values: [T; 3]) {
    let f = c(&format!(
        "#include <complex.h>\n#include <string.h>\n\
         _Bool f({ty} v, const {ty} *x, {ty} *y, long i) {{ y[i] = x[i]; return memcmp(&v, &x[i], sizeof v) == 0; }}"
    ));
    for k in 0..3 {
        let mut y = [values[(k + 1) % 3]; 3];
        let args = Args::new().scalar(values[k]).slice(&values).slice_mut(&mut y);
        // SAFETY: the body touches x[i] and y[i].
        let got: Vec<bool> = unsafe { parfor_map(&f, 3, args, &Plan::default()) }.unwrap();
        assert!(got[k], "{ty}: the scalar is not what was given");
        assert_eq!(got.iter().filter(|&&same| same).count(), 1, "{ty}");
        // SAFETY: plain numbers without padding.
        let bytes = |v: &[T; 3]| unsafe {
            std::slice::from_raw_parts(v.as_ptr().cast::<u8>(), size_of_val(v)).to_vec()
        };
        assert_eq!(bytes(&y), bytes(&values), "{ty}");
    }
}

#[test]
fn every_type_arrives() {
    check("signed char", [-128i8, 5, 127]);
    check("unsigned char", [0u8, 200, 255]);
    check("char", [-1i8, 0, 1]);
    check("char", [255u8, 0, 1]);
    check("short", [i16::MIN, -1, i16::MAX]);
    check("unsigned short", [0u16, 40_000, u16::MAX]);
    check("int", [i32::MIN, -1, i32::MAX]);
    check("unsigned", [0u32, 1, u32::MAX]);
    check("long", [i64::MIN, -1, i64::MAX]);
    check("unsigned long", [0u64, 1, u64::MAX]);
    check("_Float16", [f16::from_f32(1.5), f16::NEG_INFINITY, f16::MAX]);
    check("float", [1.5f32, -0.0, f32::INFINITY]);
    check("double", [1.5f64, -0.0, f64::MIN_POSITIVE]);
    check(
        "float complex",
        [Complex::new(1.5f32, 2.5), Complex::new(-1.0, 0.0), Complex::new(0.0, 1.0)],
    );
    check(
        "double complex",
        [Complex::new(1.5f64, 2.5), Complex::new(-1.0, 0.0), Complex::new(0.0, 1.0)],
    );
}

#[test]
fn flags_arrive() {
    let f = c(
        "int f(_Bool a, const _Bool *x, _Bool *y, long i) { y[i] = !x[i]; return a ? 10 + x[i] : x[i]; }",
    );
    for a in [false, true] {
        let mut y = [false; 2];
        let args = Args::new().scalar(a).slice(&[false, true]).slice_mut(&mut y);
        // SAFETY: the body touches x[i] and y[i].
        let got: Vec<i32> = unsafe { parfor_map(&f, 2, args, &Plan::default()) }.unwrap();
        assert_eq!(got, if a { [10, 11] } else { [0, 1] });
        assert_eq!(y, [true, false]);
    }
}

/// More parameters than travel in registers, of mixed widths.
#[test]
fn many_arguments() {
    let f = c(
        "double f(char a, short b, int c, long d, float e, double g, unsigned char h, double j,\n\
               float k, double l, float m, double n, float o, double p, long q, int r, long i) {\n\
               return a + 2*b + 3*c + 4*d + 5*e + 6*g + 7*h + 8*j + 9*k + 10*l + 11*m + 12*n + 13*o + 14*p + 15*q + 16*r + i; }",
    );
    let args =
        Args::new().scalar(1i8).scalar(1i16).scalar(1i32).scalar(1i64).scalar(1f32).scalar(1f64);
    let args = args.scalar(1u8).scalar(1f64).scalar(1f32).scalar(1f64).scalar(1f32).scalar(1f64);
    let args = args.scalar(1f32).scalar(1f64).scalar(1i64).scalar(1i32);
    // SAFETY: the body touches no memory.
    let got: Vec<f64> = unsafe { parfor_map(&f, 2, args, &Plan::default()) }.unwrap();
    assert_eq!(got, [136.0, 137.0]);
}

/// The error of a call whose arguments do not fit; nothing may run.
fn refused(function: &Function, args: Args<'_>) -> Error {
    // SAFETY: nothing runs: the test fails otherwise.
    unsafe { parfor(function, 4, args, &Plan::default()) }.expect_err("wrong arguments were taken")
}

#[test]
fn wrong_types_name_the_parameter_and_both_types() {
    let f = c("void f(double *x, const int *k, float s, long i) { x[i] = k[i] * s; }");
    let (mut x, k) = ([7.0f64; 4], [1i32; 4]);
    fn text(f: &Function, args: Args<'_>) -> String {
        refused(f, args).to_string()
    }
    let mut floats = [0f32; 4];
    assert_eq!(
        text(&f, Args::new().slice_mut(&mut floats).slice(&k).scalar(1f32)),
        "argument x: a slice of float32 for float64*"
    );
    assert_eq!(
        text(&f, Args::new().slice(&x).slice(&k).scalar(1f32)),
        "argument x: a shared slice for float64*, through which the body may write: use slice_mut, \
         or declare the parameter const"
    );
    assert_eq!(
        text(&f, Args::new().slice_mut(&mut x).slice(&[1u32; 4]).scalar(1f32)),
        "argument k: a slice of uint32 for const int32*"
    );
    assert_eq!(
        text(&f, Args::new().slice_mut(&mut x).slice(&k).scalar(1f64)),
        "argument s: a float64 for float32"
    );
    assert_eq!(
        text(&f, Args::new().slice_mut(&mut x).slice(&k).slice(&[1f32])),
        "argument s: an array for float32"
    );
    assert_eq!(
        text(&f, Args::new().scalar(1f64).slice(&k).scalar(1f32)),
        "argument x: a float64 for float64*"
    );
    assert_eq!(x, [7.0; 4]);
}

#[test]
fn a_wrong_number_names_the_signature() {
    let f = c("void f(double *x, float s, long i) {}");
    let mut x = [0.0; 4];
    let error = refused(&f, Args::new().slice_mut(&mut x));
    assert_eq!(
        error.to_string(),
        "void f(float64* x, float32 s, int64 i) takes 2 arguments before its indices, not 1"
    );
    let args = Args::new().slice_mut(&mut x).scalar(1f32).scalar(1f32);
    let error = refused(&f, args);
    assert_eq!(
        error.to_string(),
        "void f(float64* x, float32 s, int64 i) takes 2 arguments before its indices, not 3"
    );
    let error = refused(&c("void f(long i) {}"), Args::new().scalar(1i64));
    assert_eq!(error.to_string(), "void f(int64 i) takes 0 arguments before its indices, not 1");
    // SAFETY: nothing runs.
    let error = unsafe { parfor(&c("void f(long i) {}"), (2, 2), Args::new(), &Plan::default()) };
    assert!(matches!(error, Err(Error::ArgumentCount { given: 0, .. })), "{error:?}");
}
