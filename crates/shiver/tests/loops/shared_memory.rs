//! Bodies that synchronise, and code that no optimiser may move: atomics, volatile, fences, inline
//! assembly, calls through pointers.

use std::sync::atomic::{AtomicI32, AtomicI64, Ordering::SeqCst};

use shiver::{Args, Plan, Schedule};

use crate::ways::{all_ways, c, run, way};

const N: i64 = 1000;

#[test]
fn c11_atomics_and_builtins_count_each_iteration_once() {
    for body in [
        "atomic_fetch_add((_Atomic long *)sum, i)",
        "atomic_fetch_add_explicit((_Atomic long *)sum, i, memory_order_relaxed)",
        "__atomic_fetch_add(sum, i, __ATOMIC_SEQ_CST)",
        "__sync_fetch_and_add(sum, i)",
        "long old = *sum; while (!__atomic_compare_exchange_n(sum, &old, old + i, 1, 5, 5))",
    ] {
        let f = c(&format!("#include <stdatomic.h>\nvoid f(long *sum, long i) {{ {body}; }}"));
        for plan in all_ways() {
            let mut sum = 0i64;
            run(&f, N, Args::new().pointer(&raw mut sum), &plan);
            assert_eq!(sum, N * (N - 1) / 2, "{body} {plan:?}");
        }
    }
}

/// What a lock protects may be touched by every iteration: the race rule allows it.
#[test]
fn a_lock_makes_an_iteration_whole() {
    let f = c("#include <stdatomic.h>\n\
               void f(atomic_int *lock, long *x, long i) {\n\
               while (atomic_exchange_explicit(lock, 1, memory_order_acquire)) ;\n\
               x[0] += i; x[1] = x[0] * 2; x[2] += x[1] == x[0] * 2;\n\
               atomic_store_explicit(lock, 0, memory_order_release); }");
    for plan in all_ways() {
        let (mut lock, mut x) = (0i32, [0i64; 3]);
        run(&f, N, Args::new().pointer(&raw mut lock).slice_mut(&mut x), &plan);
        assert_eq!(x, [N * (N - 1) / 2, N * (N - 1), N], "{plan:?}");
    }
}

/// A ticket per iteration: each value is drawn once, and goes to the iteration that drew it.
#[test]
fn an_atomic_result_is_the_iterations_own() {
    let f = c(
        "void f(long *next, long *x, long i) { x[i] = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED); }",
    );
    for plan in all_ways() {
        let (mut next, mut x) = (0i64, vec![-1i64; N as usize]);
        run(&f, N, Args::new().pointer(&raw mut next).slice_mut(&mut x), &plan);
        x.sort_unstable();
        assert!(x.iter().copied().eq(0..N), "{plan:?}");
    }
}

/// Iterations of a body with a fence run whole and in order on one thread.
#[test]
fn volatile_and_fences_keep_their_order() {
    for (source, what) in [
        ("void f(volatile long *x, long i) { x[0] = x[0] + i; }", "volatile"),
        (
            "void f(long *x, long i) { x[0] += i; __atomic_thread_fence(__ATOMIC_SEQ_CST); }",
            "fence",
        ),
        (
            "void f(long *x, long i) { x[0] += i; __atomic_signal_fence(__ATOMIC_SEQ_CST); }",
            "signal fence",
        ),
        (
            "void f(long *x, long i) { x[0] += i; __asm__ volatile(\"\" ::: \"memory\"); }",
            "assembly",
        ),
    ] {
        let f = c(source);
        for grain in [0, 1, 7, 64] {
            let mut x = [0i64];
            run(&f, N, Args::new().slice_mut(&mut x), &way(Schedule::Static, 1, grain));
            assert_eq!(x[0], N * (N - 1) / 2, "{what}");
        }
    }
}

#[test]
fn inline_assembly() {
    let f = c(
        "void f(long *x, long i) { long t = i; __asm__(\"leaq 1(%0,%0,2), %0\" : \"+r\"(t)); x[i] = t; }",
    );
    for plan in all_ways() {
        let mut x = vec![0i64; N as usize];
        run(&f, N, Args::new().slice_mut(&mut x), &plan);
        assert!(x.iter().enumerate().all(|(i, &v)| v == 3 * i as i64 + 1), "{plan:?}");
    }
}

#[test]
fn calls_through_pointers_of_its_own() {
    let f = c("static double one(double x) { return x + 1; }\n\
               static double two(double x) { return x * 2; }\n\
               __attribute__((noinline)) static double three(double x) { return -x; }\n\
               static double (*const table[])(double) = {one, two, three};\n\
               void f(double *x, long i) { x[i] = table[i % 3](x[i]); }");
    for plan in all_ways() {
        let mut x: Vec<f64> = (0..N).map(|i| i as f64).collect();
        run(&f, N, Args::new().slice_mut(&mut x), &plan);
        for (i, &value) in x.iter().enumerate() {
            let v = i as f64;
            assert_eq!(value, [v + 1.0, v * 2.0, -v][i % 3], "{plan:?}");
        }
    }
}

/// A function of the host's, by address.
#[test]
fn calls_through_a_pointer_from_outside() {
    static CALLS: AtomicI64 = AtomicI64::new(0);
    extern "C" fn host(i: i64) -> i64 {
        CALLS.fetch_add(1, SeqCst);
        i * i
    }
    let f = c("void f(long (*host)(long), long *x, long i) { x[i] = host(i); }");
    let mut x = vec![0i64; N as usize];
    let address = (host as extern "C" fn(i64) -> i64 as *mut ()).cast::<u8>();
    run(&f, N, Args::new().pointer(address).slice_mut(&mut x), &way(Schedule::Auto, 3, 0));
    assert!(x.iter().enumerate().all(|(i, &v)| v == (i * i) as i64));
    assert_eq!(CALLS.load(SeqCst), N);
}

/// Arrays of pointers, to rows that the iterations own.
#[test]
fn pointers_in_memory() {
    let f = c("struct job { double *restrict out; const double *in; long n; };\n\
               void f(struct job *jobs, double **rows, long i) {\n\
               for (long k = 0; k < jobs[i].n; k++) jobs[i].out[k] = jobs[i].in[k] + rows[i][0]; }");
    #[repr(C)]
    struct Job(*mut f64, *const f64, i64);
    let input: Vec<f64> = (0..50).map(f64::from).collect();
    for plan in all_ways() {
        let mut rows: Vec<[f64; 1]> = (0..40).map(|i| [f64::from(i) * 100.0]).collect();
        let mut outs = vec![vec![0.0; 50]; 40];
        let mut jobs: Vec<Job> =
            outs.iter_mut().map(|out| Job(out.as_mut_ptr(), input.as_ptr(), 50)).collect();
        let mut pointers: Vec<*mut f64> = rows.iter_mut().map(|row| row.as_mut_ptr()).collect();
        let args = Args::new().pointer(jobs.as_mut_ptr()).pointer(pointers.as_mut_ptr());
        run(&f, 40, args, &plan);
        for (i, out) in outs.iter().enumerate() {
            assert!(out.iter().enumerate().all(|(k, &v)| v == (i * 100 + k) as f64), "{plan:?}");
        }
    }
}

/// The host and the body meet in one atomic, while the loop runs.
#[test]
fn a_body_waits_for_the_host() {
    let f = c("void f(int *seen, int *go, long i) {\n\
               __atomic_store_n(seen, 1, __ATOMIC_SEQ_CST);\n\
               while (!__atomic_load_n(go, __ATOMIC_SEQ_CST)) ; }");
    let (seen, go) = (AtomicI32::new(0), AtomicI32::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while seen.load(SeqCst) == 0 {
                std::thread::yield_now();
            }
            go.store(1, SeqCst);
        });
        run(&f, 10, Args::new().pointer(seen.as_ptr()).pointer(go.as_ptr()), &Plan::default());
    });
    assert_eq!(seen.load(SeqCst), 1);
}
