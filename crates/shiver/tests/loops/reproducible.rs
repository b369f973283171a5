//! An element's bits never depend on how the space was cut, with fast math neither.

use shiver::{Args, Element, Function, IntoSpace, parfor_map};

use crate::streaming::stream;
use crate::ways::{all_ways, c, fast, whole};

const N: usize = 203;

/// Collects `T f(const T *x, long i)` in every way; all give the bits of the first.
fn check<T: Element + Into<f64>>(function: &Function, x: &[T], source: &str) {
    let bits = |plan: &_| -> Vec<u64> {
        // SAFETY: the bodies below read up to x[16 * i + 15].
        let values: Vec<T> =
            unsafe { parfor_map(function, N, Args::new().slice(x), plan) }.unwrap();
        values.into_iter().map(|value| value.into().to_bits()).collect()
    };
    let past_the_caches = |plan: &_| -> Vec<u64> {
        let mut values = vec![x[0]; N];
        let (space, words) = (N.into_space().unwrap(), [x.as_ptr() as u64]);
        stream(function, &space, &words, values.as_mut_ptr().cast(), plan);
        values.into_iter().map(|value| value.into().to_bits()).collect()
    };
    let wanted = bits(&whole());
    for plan in all_ways() {
        for (how, got) in [("", bits(&plan)), ("streamed, ", past_the_caches(&plan))] {
            let differ = got.iter().zip(&wanted).filter(|(a, b)| a != b).count();
            assert_eq!(differ, 0, "of {N} elements {how}with {plan:?}:\n{source}");
        }
    }
}

/// Bodies `T f(const T *x, long i)`, in which `T` is a macro.
const BODIES: &[&str] = &[
    "return 1 / x[i];",
    "T s = x[i]; for (int k = 0; k < 5; k++) s += 2 + x[k]; return s * x[i + 1];",
    "T s = 0; for (int q = 0; q < 3; q++) for (int k = 0; k < 4; k++)
        s += (x[i + k] > x[k] ? x[0] : x[i]) * (x[i + k] > 1 ? x[i + 2 * k] : x[k]); return s;",
    "return x[i + 1] / x[i];",
    "return sqrt(x[i]);",
    "return 1 / sqrt(x[i]);",
    "return x[i] * x[i + 1] + x[i + 2] * x[i + 3];",
    "return x[i] + x[i + 1] + x[i + 2] + x[i + 3] + x[i + 4];",
    "return x[4*i] * (T)1.1 + x[4*i+1] * (T)1.2 + x[4*i+2] * (T)1.3 + x[4*i+3] * (T)1.7;",
    "T s = 0; for (int k = 0; k < 8; k++) s += x[8*i+k]; return s;",
    "T s = 0; for (int k = 0; k < 8; k++) s += x[i+k] * x[k]; return s;",
    "T s = 0; for (int k = 0; k < i % 16; k++) s += x[i+k] * x[k]; return s;",
    "T s = 0; for (int k = 0; k < 200; k++) s += x[i+k] * x[k]; return s;",
    "T a = x[i], b = x[i+1]; return (a - b) * (a + b) / (a * b + 1);",
    "return x[i] > 30 ? x[i] * x[i] - x[i + 1] : x[i] / x[i + 1];",
    "return sin(x[i]) + exp(-x[i]) * pow(x[i], (T)0.3);",
    "return fma(x[i], x[i + 1], x[i + 2]) - x[i] * x[i + 1];",
    "T a = x[i]; return ((((a * 3 + 2) * a - 1) * a + 7) * a - (T)0.3) * a + a * (T)1e-3;",
    "T a = x[2*i], b = x[2*i+1], c = x[2*i+2], d = x[2*i+3]; return (a*c - b*d) * (a*d + b*c);",
];

fn source(ty: &str, body: &str) -> String {
    format!("#include <tgmath.h>\n#define T {ty}\nT f(const T *x, long i) {{ {body} }}")
}

fn check_all(compile: fn(&str) -> Function) {
    let value = |k: usize| 0.3 + k as f64 * 0.7131;
    let doubles: Vec<f64> = (0..N * 16 + 16).map(value).collect();
    let floats: Vec<f32> = doubles.iter().map(|&value| value as f32).collect();
    for body in BODIES {
        let (single, double) = (source("float", body), source("double", body));
        check(&compile(&single), &floats, &single);
        check(&compile(&double), &doubles, &double);
    }
}

#[test]
fn with_ieee_arithmetic() {
    check_all(c);
}

#[test]
fn with_fast_math() {
    check_all(fast);
}

/// The functions of C's mathematics: alone, in branches that not every iteration takes, with others in
/// loops of the body's own, and of constants.
#[test]
fn of_functions() {
    let x: Vec<f64> = (0..N * 16 + 16).map(|k| 0.003 + (k * 7919 % 1000) as f64 * 0.0131).collect();
    let x32: Vec<f32> = x.iter().map(|&value| value as f32).collect();
    for function in &shiver_math::FUNCTIONS {
        let call = |x: &str| match function.arguments {
            1 => format!("{}((T)({x}))", function.name),
            _ => format!("{}((T)({x}), x[i + 1])", function.name),
        };
        let (plain, small, constant) = (call("x[i]"), call("x[i+k] / 20 + k"), call("0.4"));
        for body in [
            format!("return {plain};"),
            format!("return x[i] > 3 ? {plain} : x[i] > 1 ? 1 / (1 + {plain}) : exp(x[i]);"),
            format!("T s = 0; for (int k = 0; k < 8; k++) s += {small}; return s + {constant};"),
            format!("T s = 0; for (int k = 0; k < i % 9; k++) s = s / 2 + {small}; return s;"),
        ] {
            for compile in [c, fast] {
                let (single, double) = (source("float", &body), source("double", &body));
                check(&compile(&single), &x32, &single);
                check(&compile(&double), &x, &double);
            }
        }
    }
}

/// Without fast math, nothing is regrouped or fused: the bits are Rust's.
#[test]
fn the_bits_are_those_of_the_source() {
    let f = c("double f(const double *x, long i) {\n\
               double s = 0; for (int k = 0; k < 16; k++) s += x[16*i+k] * x[16*i+15-k]; return s / 3; }");
    let x: Vec<f64> = (0..16 * N).map(|k| (k as f64 + 0.1).sqrt() * 1e3).collect();
    // SAFETY: the body stays inside x.
    let got: Vec<f64> = unsafe { parfor_map(&f, N, Args::new().slice(&x), &whole()) }.unwrap();
    for (i, value) in got.iter().enumerate() {
        let row = &x[16 * i..16 * i + 16];
        let sum = (0..16).fold(0.0, |s, k| s + row[k] * row[15 - k]);
        assert_eq!(value.to_bits(), (sum / 3.0).to_bits(), "{i}");
    }
}
