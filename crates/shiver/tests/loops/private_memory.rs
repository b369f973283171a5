//! Memory that an iteration owns: local arrays, `alloca`, `malloc`. No iteration may see another's.

use shiver::{Args, Function, IntoSpace, Plan};

use crate::ways::{all_ways, c, cxx, run, whole};

const N: usize = 203;

/// Runs a body `void f(double *y, const int *k, long i)` in every way; `k[i]` is from 0 to 7.
fn check(source: &str, oracle: impl Fn(usize, usize) -> f64) {
    check_function(&c(source), source, oracle);
}

fn check_function(function: &Function, source: &str, oracle: impl Fn(usize, usize) -> f64) {
    let k: Vec<i32> = (0..N).map(|i| (i * i / 3 % 8) as i32).collect();
    let wanted: Vec<f64> = k.iter().enumerate().map(|(i, &k)| oracle(i, k as usize)).collect();
    for plan in all_ways() {
        let mut y = vec![-1.0; N];
        run(function, N, Args::new().slice_mut(&mut y).slice(&k), &plan);
        let wrong = y.iter().zip(&wanted).filter(|(a, b)| a != b).count();
        assert_eq!(wrong, 0, "wrong of {N} with {plan:?}:\n{source}");
    }
}

/// The fault that DESIGN tells of: tagged as `assume_safety` tags, 48 of 64 elements were wrong.
#[test]
fn a_local_array_indexed_at_run_time() {
    check(
        "void f(double *y, const int *k, long i) {\n\
         double t[2]; t[0] = i; t[1] = -i; y[i] = t[k[i] & 1]; }",
        |i, k| if k % 2 == 0 { i as f64 } else { -(i as f64) },
    );
    check(
        "void f(double *y, const int *k, long i) {\n\
         double t[2] = {0, 0}; t[k[i] & 1] = i; y[i] = t[0] - t[1]; }",
        |i, k| if k % 2 == 0 { i as f64 } else { -(i as f64) },
    );
}

#[test]
fn a_local_array_filled_and_read_in_inner_loops() {
    check(
        "void f(double *y, const int *k, long i) {\n\
         double t[64]; for (int n = 0; n < 64; n++) t[n] = i * n;\n\
         for (int n = 0; n < k[i]; n++) t[n + 1] += t[n];\n\
         double s = 0; for (int n = 0; n < 64; n++) s += t[n]; y[i] = s; }",
        |i, k| {
            let mut t: Vec<f64> = (0..64).map(|n| (i * n) as f64).collect();
            (0..k).for_each(|n| t[n + 1] += t[n]);
            t.iter().sum()
        },
    );
}

#[test]
fn a_struct_with_an_array_passed_by_value_and_by_pointer() {
    check(
        "struct s { double t[4]; int at; };\n\
         static struct s make(long i, int k) { struct s s = {{i, i + 1, i + 2, i + 3}, k & 3}; return s; }\n\
         static double get(struct s s) { return s.t[s.at]; }\n\
         __attribute__((noinline)) static void bump(struct s *s) { s->t[s->at] *= 2; }\n\
         void f(double *y, const int *k, long i) { struct s s = make(i, k[i]); bump(&s); y[i] = get(s); }",
        |i, k| 2.0 * (i + k % 4) as f64,
    );
}

/// The address goes where no pass follows it: into a helper that keeps it, and into memory.
#[test]
fn a_local_array_whose_address_escapes() {
    let helper = "__attribute__((noinline)) static double *through(double *p) { __asm__(\"\" : \"+r\"(p)); return p; }\n";
    for body in [
        "double t[2] = {i, -i}; double *p = through(t); p[0] += 1; y[i] = t[k[i] & 1];",
        "double t[2] = {i, -i}, u[2] = {0, 0}; double *ps[2] = {t, u}; ps[k[i] >> 3][0] += 1; y[i] = ps[0][k[i] & 1];",
        "double t[2] = {i, -i}; double *volatile p = t; p[0] += 1; y[i] = t[k[i] & 1];",
        "double t[2] = {i, -i}; unsigned long p = (unsigned long)t; __asm__(\"\" : \"+r\"(p)); ((double *)p)[0] += 1; y[i] = t[k[i] & 1];",
        "double t[2] = {i, -i}; struct { double *p; } s = {t}, *q = &s; __asm__(\"\" : \"+r\"(q) : : \"memory\"); q->p[0] += 1; y[i] = t[k[i] & 1];",
        "double t[2] = {i, -i}, u[2] = {i, -i}; double *p = k[i] & 2 ? t : u; p[0] += 1; y[i] = p[k[i] & 1];",
        "double t[2] = {i, -i}; double *p = k[i] & 8 ? y : t; p[0] += 1; y[i] = t[k[i] & 1];",
    ] {
        let source = format!("{helper}void f(double *y, const int *k, long i) {{ {body} }}");
        check(&source, |i, k| if k % 2 == 0 { i as f64 + 1.0 } else { -(i as f64) });
    }
}

#[test]
fn arrays_of_variable_length_and_alloca() {
    check(
        "void f(double *y, const int *k, long i) {\n\
         int n = k[i] + 1; double t[n]; for (int j = 0; j < n; j++) t[j] = i + j;\n\
         double s = 0; for (int j = n; j--;) s += t[j]; y[i] = s; }",
        |i, k| (0..=k).map(|j| (i + j) as f64).sum(),
    );
    check(
        "void f(double *y, const int *k, long i) {\n\
         double *t = __builtin_alloca(8 * (k[i] + 1)); for (int j = 0; j <= k[i]; j++) t[j] = i + j;\n\
         y[i] = t[k[i]]; }",
        |i, k| (i + k) as f64,
    );
}

/// What an iteration takes of the stack it gives back: 3 GB in all would be too much for any.
#[test]
fn the_stack_does_not_grow() {
    for body in ["double t[n];", "double *t = __builtin_alloca(8 * n);", "double t[4096];"] {
        let f = c(&format!(
            "void f(double *y, long n, long i) {{ {body} t[i % n] = i; t[0] += 1;\n\
             double *volatile p = t; y[i] = p[i % n]; }}"
        ));
        let mut y = vec![0.0; 100_000];
        run(&f, 100_000, Args::new().slice_mut(&mut y).scalar(4096i64), &Plan::default());
        let wanted = |i: usize| i as f64 + f64::from(i.is_multiple_of(4096));
        assert!(y.iter().enumerate().all(|(i, &v)| v == wanted(i)), "{body}");
    }
}

#[test]
fn memory_from_malloc() {
    check(
        "#include <stdlib.h>\n\
         void f(double *y, const int *k, long i) {\n\
         double *t = malloc(16); t[0] = i; t[1] = -i; y[i] = t[k[i] & 1]; free(t); }",
        |i, k| if k % 2 == 0 { i as f64 } else { -(i as f64) },
    );
    check(
        "#include <stdlib.h>\n\
         __attribute__((noinline)) static double *make(long i) { double *t = calloc(2, 8); t[0] += i; t[1] -= i; return t; }\n\
         void f(double *y, const int *k, long i) { double *t = make(i); y[i] = t[k[i] & 1]; free(t); }",
        |i, k| if k % 2 == 0 { i as f64 } else { -(i as f64) },
    );
    check_function(
        &Function::from_c(
            "extern \"C\" void f(double *y, const int *k, long i) {\n\
             double *t = new double[2]; t[0] = i; t[1] = -i; y[i] = t[k[i] & 1]; delete[] t; }",
            &cxx(),
        )
        .unwrap(),
        "new",
        |i, k| if k % 2 == 0 { i as f64 } else { -(i as f64) },
    );
}

#[test]
fn copies_and_fills_of_local_memory() {
    check(
        "#include <string.h>\n\
         void f(double *y, const int *k, long i) {\n\
         double t[8], u[8]; memset(t, 0, sizeof t); t[k[i]] = i; memcpy(u, t, sizeof u);\n\
         memmove(u + 1, u, 7 * 8); double s = 0; for (int j = 0; j < 8; j++) s += (j + 1) * u[j]; y[i] = s; }",
        |i, k| {
            let mut u = [0.0; 9];
            u[k + 1] = i as f64;
            u[0] = if k == 0 { i as f64 } else { 0.0 };
            (0..8).map(|j| (j + 1) as f64 * u[j]).sum()
        },
    );
}

#[test]
fn a_helper_that_recurses_with_arrays_of_its_own() {
    check(
        "static double depth(const int *k, long i, int n) {\n\
         double t[2] = {i, n}; if (n == 0) return t[k[i] & 1];\n\
         t[k[i] & 1] += depth(k, i, n - 1); return t[0] + t[1]; }\n\
         void f(double *y, const int *k, long i) { y[i] = depth(k, i, k[i]); }",
        |i, k| {
            fn depth(i: f64, odd: usize, n: usize) -> f64 {
                let mut t = [i, n as f64];
                if n == 0 {
                    return t[odd];
                }
                t[odd] += depth(i, odd, n - 1);
                t[0] + t[1]
            }
            depth(i as f64, k % 2, k)
        },
    );
}

/// A temporary that clang makes, and a lambda's captures.
#[test]
fn temporaries_of_cxx() {
    let source = "struct pair { double v[2]; double &at(int k) { return v[k]; } };\n\
        template <class F> double twice(F f) { return f(0) + f(1); }\n\
        extern \"C\" void f(double *y, const int *k, long i) {\n\
        pair p{{double(i), -double(i)}}; p.at(k[i] & 1) *= 3;\n\
        y[i] = twice([&](int n) { return p.at(n) * (n + 1); }); }";
    let function = Function::from_c(source, &cxx()).unwrap();
    check_function(&function, source, |i, k| {
        let mut v = [i as f64, -(i as f64)];
        v[k % 2] *= 3.0;
        v[0] + 2.0 * v[1]
    });
}

/// The nest of several indices keeps to the same rule at every depth.
#[test]
fn a_local_array_in_a_nest_of_three() {
    let f = c("void f(int *y, int i, int j, int k) {\n\
               int t[3] = {i, j, k}; y[(i * 10 + j) * 10 + k] = t[(i + j + k) % 3]; }");
    for plan in all_ways().into_iter().chain([whole()]) {
        let mut y = vec![-1; 1000];
        let space = (10, 10, 10).into_space().unwrap();
        run(&f, space, Args::new().slice_mut(&mut y), &plan);
        for (at, &value) in y.iter().enumerate() {
            let t = [at / 100, at / 10 % 10, at % 10];
            assert_eq!(value as usize, t[t.iter().sum::<usize>() % 3], "{plan:?}");
        }
    }
}
