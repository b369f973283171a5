//! Bodies with loops of their own over two and more indices, which run in tiles: generated ones, over
//! spaces of any size cut in every way, against the same body called for one iteration after the other.

use proptest::prelude::*;
use shiver::{Args, Dim, Element, Function, Plan, Space, Stage, parfor_map};

use crate::ways::{all_ways, any_way, c, cases, fast, run, whole};

/// The arrays are matrices of so many columns, and of as many rows.
const COLUMNS: usize = 100;

/// What a body loads, or makes of its indices.
const LEAVES: [&str; 17] = [
    "a[i * P + k]",
    "b[k * P + j]",
    "a[k]",
    "b[j]",
    "b[i]",
    "a[i * P + j]",
    "b[k + j]",
    "a[(i + k) * P + j + k]",
    "a[(i + 1) * P + (j + k)]",
    "b[j * P + k]",
    "a[P - 1 - j]",
    "b[2 * j + k]",
    "(T)i",
    "(T)(j + i * 3)",
    "(T)k",
    "(T)2",
    "a[(i * 3 + j) * 20 + k]",
];

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        30 => prop::sample::select(&LEAVES[..9]),
        2 => prop::sample::select(&LEAVES[9..]),
    ];
    leaf.prop_map(str::to_owned).prop_recursive(2, 6, 3, |inner| {
        let three = (inner.clone(), inner.clone(), inner);
        (three, 0..6).prop_map(|((x, y, z), kind)| match kind {
            0 => format!("({x} + {y})"),
            1 => format!("{x} * {y}"),
            2 => format!("({x} - {y} * {z})"),
            3 => format!("({x} > {y} ? {z} : {y})"),
            4 => format!("F({x})"),
            _ => format!("(k % 3 == 1 ? {x} : {y})"),
        })
    })
}

fn statement() -> impl Strategy<Value = String> {
    (expression(), expression(), 0..9).prop_map(|(x, y, kind)| match kind {
        0..3 => format!("s += {x} * {y};"),
        3 => format!("s = {x} - s;"),
        4 => format!("if (k & 1) s += {x}; else r = {y};"),
        5 => format!("if ({x} > {y}) s = {x} + 1;"),
        6 => format!("r += {x}; s += r;"),
        7 => format!("c[i * P + j] += {x} * {y};"),
        _ => format!("if (a[k] > 8) break; s += {x};"),
    })
}

fn looped() -> impl Strategy<Value = String> {
    let head = prop_oneof![
        5 => Just("for (I k = 0; k < n; k++)"),
        2 => Just("for (I k = 0; k < 5; k++)"),
        2 => Just("for (I q = 0; q < 2; q++) for (I k = q; k < n; k++)"),
        2 => Just("for (I q = 0; q < 3; q++) for (I k = 0; k < 4; k++)"),
        1 => Just("for (I k = 0; k <= i % 4; k++)"),
        1 => Just("for (I k = 0; k <= j % 3; k++)"),
    ];
    (head, prop::collection::vec(statement(), 1..3))
        .prop_map(|(head, body)| format!("    {head} {{ {} }}\n", body.join(" ")))
}

/// A body `f` of two indices, that body called through one index, and what it returns instead of
/// storing it.
#[derive(Clone, Debug)]
struct Body {
    loops: Vec<String>,
    index: &'static str,
    returns: bool,
}

fn body() -> impl Strategy<Value = Body> {
    let index = prop::sample::select(vec!["int", "int", "long", "long", "short", "unsigned"]);
    (prop::collection::vec(looped(), 1..3), index, any::<bool>())
        .prop_map(|(loops, index, returns)| Body { loops, index, returns })
}

impl Body {
    fn source(&self, ty: &str, alone: bool) -> String {
        let Body { loops, index, returns } = self;
        let (result, end) = match returns {
            true => ("T", "return s + r;"),
            false => ("void", "c[i * P + j] += s + r;"),
        };
        let f = format!(
            "#include <math.h>\ntypedef {ty} T;\ntypedef {index} I;\nenum {{ P = {COLUMNS} }};\n\
             #define F(x) {}\n{} {result} f(T *c, const T *a, const T *b, I n, I i, I j) {{\n    T s = 0, r = 1;\n{}    {end}\n}}\n",
            match ty {
                "double" => "sin(x)",
                "float" => "cosf(x)",
                // No quotient: LLVM 22.1.8 makes 0 of a product with one of bytes in reverse order.
                _ => "(T)((x) ^ 3)",
            },
            if alone { "static" } else { "" },
            loops.concat()
        );
        match alone {
            false => f,
            true => format!(
                "{f}{result} alone(T *c, const T *a, const T *b, I n, long m, long i, long j, long t) \
                 {{ return f(c, a, b, n, (I)(i + t / m), (I)(j + t % m)); }}\n"
            ),
        }
    }
}

/// A part of the matrices.
#[derive(Clone, Copy, Debug)]
struct Part {
    first: (usize, usize),
    size: (usize, usize),
}

fn part() -> impl Strategy<Value = Part> {
    ((0usize..5, 0usize..5), (1usize..70, 1usize..70))
        .prop_map(|(first, size)| Part { first, size })
}

trait Value: Element + PartialEq + std::fmt::Debug {
    const C: &'static str;
    fn of(number: usize) -> Self;
    fn bits(self) -> u64;
}

macro_rules! values {
    ($($ty:ident $c:literal $bits:expr;)*) => {$(
        impl Value for $ty {
            const C: &'static str = $c;
            fn of(number: usize) -> $ty {
                number as $ty
            }
            fn bits(self) -> u64 {
                $bits(self)
            }
        }
    )*};
}
values! {
    f64 "double" f64::to_bits;
    f32 "float" |value: f32| u64::from(value.to_bits());
    u32 "unsigned" u64::from;
    u8 "unsigned char" u64::from;
}

/// What the arrays hold: a tenth of them is larger than 8.
fn matrix<T: Value>(factor: usize) -> Vec<T> {
    (0..COLUMNS * COLUMNS).map(|k| T::of(k * factor % 41 % 10)).collect()
}

/// Runs `f`, or `alone`, over a part; gives the bits of all that it wrote and returned.
fn bits<T: Value>(f: &Function, returns: bool, n: u8, part: Part, plan: &Plan<'_>) -> Vec<u64> {
    let (a, b, mut c) = (matrix::<T>(7), matrix::<T>(11), matrix::<T>(13));
    let Part { first: (i, j), size: (rows, columns) } = part;
    let alone = f.signature().params.len() == 8;
    let mut args = Args::new().slice_mut(&mut c).slice(&a).slice(&b);
    args = match f.signature().params[3].ty.to_string().as_str() {
        "int16" => args.scalar(i16::from(n)),
        "int32" => args.scalar(i32::from(n)),
        "uint32" => args.scalar(u32::from(n)),
        _ => args.scalar(i64::from(n)),
    };
    let space = if alone {
        args = args.scalar(columns as i64).scalar(i as i64).scalar(j as i64);
        Space::new([Dim::upto((rows * columns) as i128)])
    } else {
        let dim = |first, size| Dim::new(first as i128, (first + size) as i128, 1).unwrap();
        Space::new([dim(i, rows), dim(j, columns)])
    };
    let returned: Vec<T> = if returns {
        // SAFETY: the bodies stay inside the matrices.
        unsafe { parfor_map(f, space.unwrap(), args, plan) }.unwrap()
    } else {
        run(f, space.unwrap(), args, plan);
        vec![]
    };
    c.into_iter().chain(returned).map(T::bits).collect()
}

fn check<T: Value>(body: &Body, n: u8, part: Part, plans: &[Plan<'_>]) {
    let source = body.source(T::C, false);
    let differs = |one: &[u64], other: &[u64]| one.iter().zip(other).position(|(a, b)| a != b);
    let wanted = {
        let alone = c(&body.source(T::C, true));
        bits::<T>(&alone, body.returns, n, part, &whole())
    };
    let exact = c(&source);
    let tuned = fast(&source);
    let tuned_whole = bits::<T>(&tuned, body.returns, n, part, &whole());
    for plan in plans {
        let got = bits::<T>(&exact, body.returns, n, part, plan);
        assert_eq!(differs(&got, &wanted), None, "n = {n}, {part:?}, {plan:?}\n{source}");
        let got = bits::<T>(&tuned, body.returns, n, part, plan);
        assert_eq!(
            differs(&got, &tuned_whole),
            None,
            "fast, n = {n}, {part:?}, {plan:?}\n{source}"
        );
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_tiled_body_does_what_it_does_alone(
        body in body(),
        n in 0u8..20,
        part in part(),
        plans in prop::collection::vec(any_way(), 3),
        ty in 0..4,
    ) {
        match ty {
            0 => check::<f64>(&body, n, part, &plans),
            1 => check::<f32>(&body, n, part, &plans),
            2 => check::<u32>(&body, n, part, &plans),
            _ => check::<u8>(&body, n, part, &plans),
        }
    }
}

/// Whether the nest of a body runs tiles.
fn is_tiled(f: &Function, indices: usize) -> bool {
    f.inspect(Some(indices), Stage::Ir).unwrap().contains("@shiver.tile.worth ")
}

const PRODUCT: &str = "double f(long n, const double *a, const double *b, long i, long j) {
    double s = 0;
    for (long k = 0; k < n; k++) s += a[i * n + k] * b[k * n + j];
    return s;
}";

/// Larger than any tile along both indices, with rests along both, in every way.
#[test]
fn a_product_has_the_same_bits_however_it_is_cut() {
    const N: usize = 77;
    let values = |k: usize| (0..N * N).map(|x| (x as f64 * 0.37 + k as f64).sin()).collect();
    let (a, b): (Vec<f64>, Vec<f64>) = (values(1), values(2));
    let exact: Vec<f64> = (0..N * N)
        .map(|p| (0..N).fold(0.0, |s, k| s + a[p / N * N + k] * b[k * N + p % N]))
        .collect();
    for f in [c(PRODUCT), fast(PRODUCT)] {
        assert!(is_tiled(&f, 2));
        let product = |plan: &Plan<'_>| -> Vec<f64> {
            let args = Args::new().scalar(N as i64).slice(&a).slice(&b);
            // SAFETY: the body stays inside the matrices.
            unsafe { parfor_map(&f, (N, N), args, plan) }.unwrap()
        };
        let wanted = product(&whole());
        for plan in all_ways() {
            assert!(product(&plan) == wanted, "{plan:?}");
        }
        for (one, other) in wanted.iter().zip(&exact) {
            assert!((one - other).abs() < 1e-12);
        }
    }
    let f = c(PRODUCT);
    let args = Args::new().scalar(N as i64).slice(&a).slice(&b);
    // SAFETY: as above.
    let product: Vec<f64> = unsafe { parfor_map(&f, (N, N), args, &Plan::default()) }.unwrap();
    assert!(product == exact, "without fast math, the bits are those of the source");
}

/// More than fits the memory that a thread brings along: what rows share is then read in place.
#[test]
fn what_is_too_large_to_be_packed_is_read_where_it_is() {
    const ROWS: usize = 40;
    const COLUMNS: usize = 60;
    const N: usize = 60_000;
    let source = "int f(long n, long m, const int *a, const int *b, long i, long j) {
        unsigned s = 0;
        for (long k = 0; k < n; k++) s += (unsigned)a[i + k] * b[k * m + j];
        return s;
    }";
    let f = c(source);
    assert!(is_tiled(&f, 2));
    let numbers = |count: usize| -> Vec<i32> { (0..count as i32).map(|k| k % 1013).collect() };
    let (a, b) = (numbers(ROWS + N), numbers(N * COLUMNS));
    let args = Args::new().scalar(N as i64).scalar(COLUMNS as i64).slice(&a).slice(&b);
    // SAFETY: the body stays inside the arrays.
    let got: Vec<i32> = unsafe { parfor_map(&f, (ROWS, COLUMNS), args, &whole()) }.unwrap();
    for (p, &got) in got.iter().enumerate() {
        let (i, j) = (p / COLUMNS, p % COLUMNS);
        let term = |s: i32, k: usize| s.wrapping_add(a[i + k].wrapping_mul(b[k * COLUMNS + j]));
        assert_eq!(got, (0..N).fold(0, term), "{i}, {j}");
    }
}

/// A product of each pair of matrices, with three indices, the last two of which are tiled.
#[test]
fn outer_indices_stay_loops() {
    const SHAPE: (usize, usize, usize) = (3, 41, 29);
    let source = "void f(const float *a, const float *b, float *c, int p, int i, int j) {
        float s = 0;
        for (int k = 0; k < 41; k++) s += a[(p * 41 + i) * 41 + k] * b[(p * 41 + k) * 29 + j];
        c[(p * 41 + i) * 29 + j] = s;
    }";
    let (batch, rows, columns) = SHAPE;
    let values = |count: usize| -> Vec<f32> { (0..count).map(|k| (k as f32).sin()).collect() };
    let (a, b) = (values(batch * rows * rows), values(batch * rows * columns));
    let f = c(source);
    assert!(is_tiled(&f, 3));
    let wanted: Vec<f32> = (0..batch * rows * columns)
        .map(|x| {
            let (p, i, j) = (x / columns / rows, x / columns % rows, x % columns);
            let term = |k: usize| a[(p * rows + i) * rows + k] * b[(p * rows + k) * columns + j];
            (0..rows).fold(0.0, |s, k| s + term(k))
        })
        .collect();
    for plan in all_ways() {
        let mut got = vec![0.0f32; wanted.len()];
        let args = Args::new().slice(&a).slice(&b).slice_mut(&mut got);
        run(&f, SHAPE, args, &plan);
        assert!(got == wanted, "{plan:?}");
    }
}

/// Sums whose terms wait for each other, of rows that no two iterations share: gathered vectors.
#[test]
fn products_with_many_matrices_have_the_bits_of_the_source() {
    const SHAPE: (usize, usize) = (50, 21);
    let source = "float f(const float *a, const float *x, long b, long i) {
        float s = 0;
        for (long k = 0; k < 21; k++) s += a[(b * 21 + i) * 21 + k] * x[b * 21 + k];
        return s;
    }"
    .replace("k < 21", "k < x[50 * 21]");
    let (batch, n) = SHAPE;
    let values = |count: usize| -> Vec<f32> { (0..count).map(|k| (k as f32).sin()).collect() };
    let (a, mut x) = (values(batch * n * n), values(batch * n));
    x.push(n as f32);
    let wanted: Vec<f32> = (0..batch * n)
        .map(|p| (0..n).fold(0.0, |s, k| s + a[p * n + k] * x[p / n * n + k]))
        .collect();
    let f = c(&source);
    assert!(is_tiled(&f, 2));
    for plan in all_ways() {
        let args = Args::new().slice(&a).slice(&x);
        // SAFETY: the body stays inside the arrays.
        let got: Vec<f32> = unsafe { parfor_map(&f, SHAPE, args, &plan) }.unwrap();
        assert!(got == wanted, "{plan:?}");
    }
    assert!(!is_tiled(&fast(&source), 2), "where terms may be regrouped, rows are vectors");
}

/// Functions of numbers have forms for vectors, and give the bits that they give one by one.
#[test]
fn functions_of_numbers_are_called_for_tiles() {
    const N: usize = 45;
    for (ty, exp) in [("double", "exp"), ("float", "expf")] {
        let body = format!(
            "#include <math.h>
            static {ty} f({ty} *c, const {ty} *x, const {ty} *y, int d, long i, long j) {{
                {ty} s = 0, far = 0;
                for (int k = 0; k < d; k++) {{
                    {ty} t = x[i * d + k] - y[k * {N} + j];
                    s += {exp}(-t * t);
                    far += t * t;
                }}
                return s + {exp}(-far) + {exp}(x[i]);
            }}"
        );
        let tiled = format!(
            "{body}\nvoid all({ty} *c, const {ty} *x, const {ty} *y, int d, long i, long j)
            {{ c[i * {N} + j] = f(c, x, y, d, i, j); }}"
        );
        let alone = format!(
            "{body}\nvoid all({ty} *c, const {ty} *x, const {ty} *y, int d, long t)
            {{ c[t] = f(c, x, y, d, t / {N}, t % {N}); }}"
        );
        match ty {
            "double" => same_bits::<f64>(&tiled, &alone, N),
            _ => same_bits::<f32>(&tiled, &alone, N),
        }
    }
}

fn same_bits<T: Value>(tiled: &str, alone: &str, n: usize) {
    let (x, y) = (matrix::<T>(7), matrix::<T>(11));
    let result = |f: &Function, space: Space, plan: &Plan<'_>| -> Vec<u64> {
        let mut c = matrix::<T>(0);
        let args = Args::new().slice_mut(&mut c).slice(&x).slice(&y).scalar(5_i32);
        run(f, space, args, plan);
        c.into_iter().map(T::bits).collect()
    };
    let upto = |extent: usize| Dim::upto(extent as i128);
    let alone = result(&c(alone), Space::new([upto(n * n)]).unwrap(), &whole());
    let tiled = c(tiled);
    assert!(is_tiled(&tiled, 2));
    for plan in all_ways() {
        let got = result(&tiled, Space::new([upto(n), upto(n)]).unwrap(), &plan);
        assert!(got == alone, "{plan:?}");
    }
}

/// Where tiles would be mostly empty, the loop that runs has none; the results are the same.
#[test]
fn thin_spaces_have_no_tiles() {
    let f = c(PRODUCT);
    let n = 30;
    let (a, b): (Vec<f64>, Vec<f64>) = ((0..n * n).map(|k| k as f64).collect(), vec![0.5; n * n]);
    for (shape, tiled) in [((n, n), true), ((n, 1), false), ((1, n), true), ((0, n), true)] {
        let args = Args::new().scalar(n as i64).slice(&a).slice(&b);
        // SAFETY: the body stays inside the matrices.
        let got: Vec<f64> = unsafe { parfor_map(&f, shape, args, &Plan::default()) }.unwrap();
        for (p, got) in got.into_iter().enumerate() {
            let row = p / shape.1;
            assert_eq!(got, a[row * n..][..n].iter().sum::<f64>() * 0.5);
        }
        let ran = f.inspect(None, Stage::Ir).unwrap();
        assert_eq!(ran.contains("@shiver.tile.worth "), tiled, "{shape:?}");
    }
}

/// Bodies that no tile can have, or that gain nothing, keep the plain nest.
#[test]
fn other_bodies_are_not_tiled() {
    let bodies = [
        // Nothing to go through together.
        "void f(const double *x, double *y, long n, long i, long j) { y[i * n + j] = x[j]; }",
        // Iterations differ in how far they go, or where.
        "double f(const double *x, long n, long i, long j) {
            double s = 0; for (long k = 0; k < j; k++) s += x[k]; return s; }",
        "double f(const double *x, long n, long i, long j) {
            double s = 0; for (long k = 0; k < i; k++) s += x[k * n + j]; return s; }",
        "double f(const double *x, long n, long i, long j) {
            double s = 0; for (long k = 0; s < x[k * n + j]; k++) s += x[i]; return s; }",
        // Every iteration writes the same place: allowed if there is but one.
        "void f(double *x, double *y, long n, long i, long j) {
            for (long k = 0; k < n; k++) y[0] += x[k * n + j]; }",
        // What others may do meanwhile.
        "double f(volatile double *x, long n, long i, long j) {
            double s = 0; for (long k = 0; k < n; k++) s += x[k * n + j]; return s; }",
        "#include <stdatomic.h>
         void f(_Atomic long *x, const long *y, long n, long i, long j) {
            for (long k = 0; k < n; k++) x[i] += y[k * n + j]; }",
        // Memory of the iteration's own.
        "double f(const double *x, long n, long i, long j) {
            double t[64]; for (long k = 0; k < n; k++) t[(k * i) & 63] = x[k * n + j];
            return t[j & 63]; }",
        // A division that could be by zero in lanes that do not count.
        "int f(const int *x, const int *y, long n, long i, long j) {
            int s = 0; for (long k = 0; k < n; k++) s += y[k] / x[k * n + j]; return s; }",
        // A function that has no form for vectors.
        "double g(double); double f(const double *x, long n, long i, long j) {
            double s = 0; for (long k = 0; k < n; k++) s += g(x[k * n + j]); return s; }",
        // Rows and columns of integers, which LLVM makes vectors of sums of products of.
        "int f(const int *x, long n, long i, long j) {
            int s = 0; for (long k = 0; k < n; k++) s += x[i * n + k] * x[j * n + k]; return s; }",
    ];
    for body in bodies {
        assert!(!is_tiled(&c(body), 2), "{body}");
    }
    assert!(!is_tiled(&c(PRODUCT), 1), "one index has no rows");
}
