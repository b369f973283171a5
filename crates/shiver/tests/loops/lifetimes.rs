//! How long code lives, and what happens at the same time.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};

use shiver::{Args, Function, Input, Module, Options, Plan, Schedule, parfor_map};

use crate::ways::{c, run, way};

#[test]
fn an_address_works_after_its_function_is_dropped() {
    let address = {
        let f = c("static long calls; static long add(long x) { return x + ++calls; }\n\
                   long f(long x) { return add(x); }");
        f.address().unwrap()
    };
    // Code that is made now must not land where the old one was.
    let others: Vec<_> =
        (0..20).map(|k| c(&format!("long f(long i) {{ return i + {k}; }}"))).collect();
    others.iter().for_each(|f| assert!(f.address().is_ok()));
    // SAFETY: the address is that of `long f(long)`.
    let f = unsafe { std::mem::transmute::<usize, extern "C" fn(i64) -> i64>(address) };
    assert_eq!((f(10), f(10)), (11, 12));
}

#[test]
fn a_running_loop_keeps_its_code() {
    let f = c("void f(int *seen, int *go, long *x, long i) {\n\
               __atomic_store_n(seen, 1, __ATOMIC_SEQ_CST);\n\
               while (!__atomic_load_n(go, __ATOMIC_SEQ_CST)) ; x[i] = i + 1; }");
    let (seen, go) = (AtomicI32::new(0), AtomicI32::new(0));
    let mut x = vec![0i64; 100];
    std::thread::scope(|scope| {
        let inner = f.clone();
        let (seen_by, go_on, x) = (&seen, &go, &mut x);
        scope.spawn(move || {
            let args = Args::new().pointer(seen_by.as_ptr()).pointer(go_on.as_ptr()).slice_mut(x);
            run(&inner, 100, args, &way(Schedule::Static, 2, 0));
        });
        while seen.load(SeqCst) == 0 {
            std::thread::yield_now();
        }
        drop(f);
        for k in 0..10 {
            let other = c(&format!("long f(long i) {{ return i * {k}; }}"));
            run(&other, 3, Args::new(), &way(Schedule::Static, 1, 0));
        }
        go.store(1, SeqCst);
    });
    assert!(x.iter().enumerate().all(|(i, &v)| v == i as i64 + 1));
}

#[test]
fn eight_threads_compile_and_run_at_once() {
    std::thread::scope(|scope| {
        for thread in 0..8i64 {
            scope.spawn(move || {
                for k in 0..6i64 {
                    let f = c(&format!(
                        "static long calls = {k}; long f(long i) {{ return i * {k} + {thread} + 0 * calls++; }}"
                    ));
                    // SAFETY: `calls` is touched by one iteration at a time: one thread runs it.
                    let got: Vec<i64> =
                        unsafe { parfor_map(&f, 100, Args::new(), &way(Schedule::Auto, 1, 0)) }.unwrap();
                    assert!(got.iter().enumerate().all(|(i, &v)| v == i as i64 * k + thread));
                }
            });
        }
    });
}

/// One function from eight threads: its nests are compiled once and are right for all.
#[test]
fn eight_threads_share_a_function() {
    let f = c("long f(long i) { return 3 * i; }");
    let start = std::sync::Barrier::new(8);
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let (f, start) = (&f, &start);
            scope.spawn(move || {
                start.wait();
                for round in 0..20 {
                    let plan = way(Schedule::Dynamic, 2, 1 + (thread + round) % 9);
                    // SAFETY: the body touches no memory.
                    let got: Vec<i64> = unsafe { parfor_map(f, 50, Args::new(), &plan) }.unwrap();
                    assert!(got.iter().enumerate().all(|(i, &v)| v == 3 * i as i64));
                }
            });
        }
    });
}

#[test]
fn equal_functions_are_equal() {
    let (a, b) = (c("long f(long i) { return i; }"), c("long f(long i) { return i; }"));
    let other = c("long f(long i) { return i + 1; }");
    assert_eq!(a, b);
    assert_ne!(a, other);
    let hash = |f: &Function| {
        let mut hasher = DefaultHasher::new();
        f.hash(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(&a), hash(&b));
    assert_ne!(hash(&a), hash(&other));
    assert_eq!(format!("{a:?}"), "Function(\"int64 f(int64 i)\")");
}

#[test]
fn a_module_travels_as_its_identity() {
    let source = "double f(const double *x, unsigned char i) { return x[i] / 3; }";
    let m = Module::from_c(source, &Options::default()).unwrap();
    let there = Module::from_identity(m.identity().clone()).unwrap();
    assert_eq!(there, m);
    assert_eq!(there.signatures(), m.signatures());
    let f = there.only_function().unwrap();
    // SAFETY: the body reads x[i].
    let got: Vec<f64> =
        unsafe { parfor_map(&f, 2, Args::new().slice(&[3.0, 6.0]), &Plan::default()) }.unwrap();
    assert_eq!(got, [1.0, 2.0]);
}

#[test]
fn textual_ir_runs_and_says_what_is_wrong() {
    let text = "@n = internal global i64 7\n\
        define void @f(ptr %x, i64 %i) {\n %v = load i64, ptr @n\n %w = add i64 %v, %i\n\
        %p = getelementptr i64, ptr %x, i64 %i\n store i64 %w, ptr %p\n ret void\n}\n\
        define i64 @g(i64 %i) {\n ret i64 %i\n}";
    let f = Function::from_ir(text, "f").unwrap();
    let mut x = [0i64; 5];
    run(&f, 5, Args::new().slice_mut(&mut x), &Plan::default());
    assert_eq!(x, [7, 8, 9, 10, 11]);
    let m = Module::from_llvm(Input::Text(text), None, &mut |_| ()).unwrap();
    assert_eq!(m.signatures().len(), 2);
    let error = Function::from_ir(text, "h").unwrap_err();
    assert_eq!(error.to_string(), "there is no function \"h\"; there is f, g");
    let error = Function::from_ir("define void @f( {", "f").unwrap_err();
    assert!(error.to_string().starts_with("LLVM cannot read this: "), "{error}");
    let error = Function::from_ir(
        "define i64 @f(i64 %i) { %a = add i64 %b, 1\n %b = add i64 %a, 1\n ret i64 %b }",
        "f",
    );
    assert!(error.unwrap_err().to_string().starts_with("LLVM's verifier refuses this: "));
}
