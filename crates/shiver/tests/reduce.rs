//! Reductions against the slow, obvious way, and against themselves: the bits must not depend on how
//! the work was shared.

use std::num::NonZero;

use num_complex::Complex;
use proptest::prelude::*;
use shiver::reduce::{Op, reduce};
use shiver::{Args, Element, Error, Function, IntoSpace, Plan, Reduction, Schedule, Space};

fn function(source: &str) -> Function {
    Function::from_c(source, &Default::default()).expect(source)
}

/// Reduces a body that touches no memory but the one slice it is given.
fn over<T: Element, U: Element>(
    f: &Function,
    space: impl IntoSpace,
    x: &[U],
    op: Op<'_>,
    init: Option<T>,
    plan: &Plan<'_>,
) -> Result<Option<T>, Error> {
    let args = if x.is_empty() { Args::new() } else { Args::new().slice(x) };
    // SAFETY: the bodies below read within their slice, and write nothing.
    unsafe { reduce(f, space, args, op, init, plan) }
}

const NONE: &[f64] = &[];

fn builtin(reduction: Reduction) -> Op<'static> {
    Op::Builtin(reduction)
}

#[test]
fn every_operator_and_type_agrees_with_the_obvious_way() {
    fn check<T: Element + PartialEq + std::fmt::Debug, U: Element>(
        c_type: &str,
        values: &[U],
        expected: &[(Reduction, T)],
    ) {
        let f = function(&format!("{c_type} f(const {c_type} *x, long i) {{ return x[i]; }}"));
        for (reduction, value) in expected {
            let got = over(&f, values.len(), values, builtin(*reduction), None, &Plan::default());
            assert_eq!(got.unwrap().as_ref(), Some(value), "{reduction:?} of {c_type}");
        }
    }
    use Reduction::*;
    let bytes: Vec<u8> = (0..300u32).map(|i| (i * 37 % 251) as u8 | 1).collect();
    let total: u64 = bytes.iter().map(|&b| u64::from(b)).sum();
    let product = bytes.iter().fold(1u64, |p, &b| p.wrapping_mul(b.into()));
    check("unsigned char", &bytes, &[(Add, total), (Multiply, product)]);
    check(
        "unsigned char",
        &bytes,
        &[
            (Min, *bytes.iter().min().unwrap()),
            (Max, *bytes.iter().max().unwrap()),
            (BitAnd, bytes.iter().fold(255, |a, b| a & b)),
            (BitOr, bytes.iter().fold(0, |a, b| a | b)),
            (BitXor, bytes.iter().fold(0, |a, b| a ^ b)),
        ],
    );
    let shorts: Vec<i16> = (0..1000).map(|i| (i * 7919 % 65_536 - 32_768) as i16).collect();
    let (least, greatest) = (*shorts.iter().min().unwrap(), *shorts.iter().max().unwrap());
    check("short", &shorts, &[(Add, shorts.iter().map(|&s| i64::from(s)).sum::<i64>())]);
    check("short", &shorts, &[(Min, least), (Max, greatest)]);
    let flags = [true, true, false, true];
    check("_Bool", &flags, &[(Add, 3i64)]);
    check(
        "_Bool",
        &flags,
        &[(All, false), (Any, true), (BitAnd, false), (BitOr, true), (BitXor, true)],
    );
    check("_Bool", &[true; 200], &[(All, true), (BitAnd, true), (BitXor, false), (Min, true)]);
    let doubles: Vec<f64> = (1..50).map(|i| f64::from(i) / 8.0).collect();
    check("double", &doubles, &[(Add, doubles.iter().sum::<f64>()), (Min, 0.125), (Max, 6.125)]);
    check("double", &[f64::NAN, 0.0], &[(Any, true), (All, false)]);
    let halves: Vec<half::f16> = (0..64).map(|i| half::f16::from_f32(i as f32)).collect();
    check("_Float16", &halves, &[(Add, 2016.0f32)]);
    check("_Float16", &halves, &[(Max, half::f16::from_f32(63.0))]);
    let c: Vec<Complex<f64>> = (0..100).map(|i| Complex::new(f64::from(i), -2.0)).collect();
    check("double _Complex", &c, &[(Add, Complex::new(4950.0, -200.0))]);
    let units = [Complex::new(0.0f32, 1.0); 6];
    check("float _Complex", &units, &[(Multiply, Complex::new(-1.0f32, 0.0))]);
}

#[test]
fn nan_and_signed_zeros_are_as_in_numpy() {
    let f = function("double f(const double *x, long i) { return x[i]; }");
    let mut x = vec![1.0; 20_000];
    x[12_345] = f64::NAN;
    for reduction in [Reduction::Min, Reduction::Max, Reduction::Add] {
        let got = over::<f64, _>(&f, x.len(), &x, builtin(reduction), None, &Plan::default());
        assert!(got.unwrap().unwrap().is_nan(), "{reduction:?}");
    }
    let zeros = vec![-0.0; 3];
    let sum = over::<f64, _>(&f, 3, &zeros, builtin(Reduction::Add), None, &Plan::default());
    assert!(sum.unwrap().unwrap().is_sign_negative());
}

#[test]
fn an_empty_space_gives_init_or_nothing() {
    let f = function("double f(long i) { return i; }");
    let empty = |init| over(&f, 0, NONE, builtin(Reduction::Add), init, &Plan::default()).unwrap();
    assert_eq!(empty(None), None::<f64>);
    assert_eq!(empty(Some(4.5)), Some(4.5));
}

#[test]
fn a_function_of_ones_own_takes_values_in_order() {
    // A pair of digits in base 10^k cannot be combined in another order: composition of affine maps.
    let f = function(
        "unsigned long f(long i) { return (unsigned long)(i % 5 + 2) << 32 | (unsigned long)(i % 7); }",
    );
    let compose = function(
        "static unsigned long calls;
         unsigned long compose(unsigned long p, unsigned long q) {
             calls++;
             unsigned a = p >> 32, b = (unsigned)p, c = q >> 32, d = (unsigned)q;
             return (unsigned long)(unsigned)(a * c) << 32 | (unsigned)(b * c + d);
         }",
    );
    let value = |i: u64| ((i % 5 + 2) as u32, (i % 7) as u32);
    for n in [1u64, 2, 63, 64, 65, 8192, 8193, 50_000] {
        let (a, b) = (1..n).map(value).fold(value(0), |(a, b), (c, d)| {
            (a.wrapping_mul(c), b.wrapping_mul(c).wrapping_add(d))
        });
        let got: Option<u64> =
            over(&f, n, NONE, Op::Function(&compose), None, &Plan::default()).unwrap();
        assert_eq!(got, Some(u64::from(a) << 32 | u64::from(b)), "{n}");
    }
}

#[test]
fn what_means_nothing_is_refused() {
    let f = function("double f(long i) { return i; }");
    let error = over::<f64, _>(&f, 3, NONE, builtin(Reduction::BitXor), None, &Plan::default());
    assert!(error.unwrap_err().to_string().contains("BitXor means nothing for float64"));
    let void = function("void f(long i) { (void)i; }");
    let error = over::<f64, _>(&void, 3, NONE, builtin(Reduction::Add), None, &Plan::default());
    assert!(error.unwrap_err().to_string().contains("returns nothing"));
    let op = function("float op(float a, float b) { return a + b; }");
    let error = over::<f64, _>(&f, 3, NONE, Op::Function(&op), None, &Plan::default());
    assert!(error.unwrap_err().to_string().contains("two float64"));
    let error = over::<f32, _>(&f, 3, NONE, builtin(Reduction::Add), None, &Plan::default());
    assert!(matches!(error.unwrap_err(), Error::Result { wanted: "float32", .. }));
}

fn schedule() -> impl Strategy<Value = Schedule> {
    use Schedule::*;
    prop_oneof![Just(Auto), Just(Static), Just(Dynamic), Just(Guided)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_bits_do_not_depend_on_how_the_work_is_shared(
        extents in prop_oneof![
            (1u64..60_000).prop_map(|n| vec![n]),
            (1u64..300, 1u64..300).prop_map(|(n, m)| vec![n, m]),
            (1u64..40, 1u64..9, 1u64..5).prop_map(|(n, m, k)| vec![n, m, k]),
        ],
        schedule in schedule(),
        grain in prop::option::of(1u64..50_000),
        threads in 1usize..9,
    ) {
        let parameters: Vec<_> = (0..extents.len()).map(|k| format!("long i{k}")).collect();
        let linear = extents.iter().enumerate().fold("0".to_owned(), |s, (k, n)| format!("({s} * {n} + i{k})"));
        let source = format!("double f({}) {{ long i = {linear}; return 1.0 / (i + 1) - (i % 3) * 1e-3; }}", parameters.join(", "));
        let f = function(&source);
        let space = || Space::new(extents.iter().map(|&n| shiver::Dim::upto(n.into()))).unwrap();
        let op = builtin(Reduction::Add);
        let one = Plan { threads: NonZero::new(1), ..Plan::default() };
        let reference: f64 = over(&f, space(), NONE, op, None, &one).unwrap().unwrap();
        let plan = Plan { schedule, grain: grain.and_then(NonZero::new), threads: NonZero::new(threads), ..Plan::default() };
        let shared: f64 = over(&f, space(), NONE, op, None, &plan).unwrap().unwrap();
        prop_assert_eq!(shared.to_bits(), reference.to_bits());
        let exact: f64 = (0..extents.iter().product::<u64>()).map(|i| 1.0 / (i as f64 + 1.0) - (i % 3) as f64 * 1e-3).sum();
        prop_assert!((shared - exact).abs() <= 1e-11 * exact.abs().max(1.0));
    }
}
