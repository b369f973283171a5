//! Arrays that overlap. Between iterations the race rule forbids it; inside one, C's order holds.

use shiver::Args;

use crate::ways::{all_ways, c, run};

const N: usize = 300;

/// Runs `void f(long *p, long *q, long i)` with both pointers into one array, `q` being `shift`
/// elements after `p`, and compares with the same statements in Rust.
fn check(source: &str, shift: usize, oracle: impl Fn(&mut [i64], usize, usize)) {
    let function = c(source);
    let start: Vec<i64> = (0..N as i64 * 8 + 16).map(|k| k * 37 % 101).collect();
    let mut wanted = start.clone();
    (0..N).for_each(|i| oracle(&mut wanted, i, i + shift));
    for plan in all_ways() {
        let mut x = start.clone();
        let p = x.as_mut_ptr();
        run(&function, N, Args::new().pointer(p).pointer(p.wrapping_add(shift)), &plan);
        let wrong = x.iter().zip(&wanted).filter(|(a, b)| a != b).count();
        assert_eq!(wrong, 0, "wrong of {N} with shift {shift}, {plan:?}:\n{source}");
    }
}

#[test]
fn one_array_under_two_names() {
    check("void f(long *p, long *q, long i) { p[i] = i; q[i] += 5; p[i] *= 2; }", 0, |x, i, _| {
        x[i] = 2 * (i as i64 + 5);
    });
}

/// LLVM gathers the two stores into one behind the last, across what is between them. It asks
/// whether that may be: but of accesses declared independent it believes that they never meet, in
/// the same iteration either. So such bodies must not be declared independent.
#[test]
fn stores_that_belong_together_with_another_between() {
    check(
        "void f(long *p, long *q, long i) { p[2*i] = 1; q[2*i] += 5; p[2*i+1] = 2; }",
        0,
        |x, i, _| (x[2 * i], x[2 * i + 1]) = (6, 2),
    );
    check(
        "void f(long *p, long *q, long i) { p[2*i] = 1; long t = q[2*i]; p[2*i+1] = t; }",
        0,
        |x, i, _| (x[2 * i], x[2 * i + 1]) = (1, 1),
    );
    check(
        "void f(long *p, long *q, long i) { for (int k = 0; k < 3; k++) p[3*i+k] = q[3*i+2-k] + 1; }",
        0,
        |x, i, _| (0..3).for_each(|k| x[3 * i + k] = x[3 * i + 2 - k] + 1),
    );
}

#[test]
fn loads_that_belong_together_with_a_store_between() {
    check(
        "void f(long *p, long *q, long i) { long a = p[2*i]; q[2*i] = a + 7; q[2*i] += p[2*i+1]; }",
        1,
        |x, i, _| {
            x[2 * i + 1] = x[2 * i] + 7;
            x[2 * i + 1] *= 2;
        },
    );
    check(
        "void f(long *p, long *q, long i) {\n\
         long a = p[2*i]; q[2*i] = a + 7; long b = p[2*i+1]; p[2*i] = a + 2 * b; }",
        1,
        |x, i, _| {
            let a = x[2 * i];
            x[2 * i + 1] = a + 7;
            x[2 * i] = a + 2 * (a + 7);
        },
    );
}

/// The body's own loops keep C's order: each turn reads what the one before has written.
#[test]
fn an_inner_loop_that_runs_into_itself() {
    for count in ["7", "(i % 8)"] {
        let source = format!(
            "void f(long *p, long *q, long i) {{\n\
             for (long k = 0; k < {count}; k++) q[8*i+k] = p[8*i+k] + 1; }}"
        );
        check(&source, 1, |x, i, _| {
            let count = if count == "7" { 7 } else { i % 8 };
            (0..count).for_each(|k| x[8 * i + k + 1] = x[8 * i + k] + 1);
        });
    }
}

/// The same through one pointer and an offset that is known at run time only.
#[test]
fn one_pointer_and_an_offset() {
    let f = c("void f(long *x, long k, long i) { x[2*i] = 1; x[2*i+k] += 5; x[2*i+1] = 2; }");
    for plan in all_ways() {
        for k in [0i64, 1] {
            let mut x = vec![0i64; 2 * N];
            run(&f, N, Args::new().slice_mut(&mut x).scalar(k), &plan);
            let wanted = if k == 0 { [6, 2] } else { [1, 2] };
            assert!(x.chunks(2).all(|pair| pair == wanted), "{k} {plan:?}");
        }
    }
}

/// A complex product into its own operand, part by part, as C runs it: the second line sees the new
/// real part.
#[test]
fn in_place_part_by_part() {
    let f = c("void f(double *y, const double *x, long i) {\n\
               y[2*i] = x[2*i] * 2 - x[2*i+1]; y[2*i+1] = x[2*i] + x[2*i+1]; }");
    for plan in all_ways() {
        let mut x: Vec<f64> = (0..2 * N).map(|k| k as f64).collect();
        let p = x.as_mut_ptr();
        run(&f, N, Args::new().pointer(p).pointer(p), &plan);
        for (i, pair) in x.chunks(2).enumerate() {
            let (a, b) = (2.0 * i as f64, 2.0 * i as f64 + 1.0);
            assert_eq!(pair, [a * 2.0 - b, a * 2.0 - b + b], "{i} {plan:?}");
        }
    }
}

/// Structs of numbers: stores of one with a load of the other between.
#[test]
fn structs_in_place() {
    let f = c("struct point { float x, y, z; };\n\
               void f(struct point *a, struct point *b, long i) {\n\
               a[i].x = b[i].z; a[i].y = b[i].x; a[i].z = b[i].y; }");
    for plan in all_ways() {
        let mut x: Vec<f32> = (0..3 * N).map(|k| k as f32).collect();
        let p = x.as_mut_ptr();
        run(&f, N, Args::new().pointer(p).pointer(p), &plan);
        let wanted = |i: usize| 3.0 * i as f32 + 2.0;
        assert!(x.iter().enumerate().all(|(k, &v)| v == wanted(k / 3)), "{plan:?}");
    }
}
