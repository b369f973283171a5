//! Own process: children forked while other threads compile go on to compile and run.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shiver::{Args, Function, Options, Plan, parfor_map};

/// Compiles a function, looks up what it calls, and runs it on two threads.
fn works(k: i64) -> bool {
    let source = format!(
        "double cbrt(double); static long n = {k};\n\
         long f(long i) {{ return i * {k} + n + (cbrt(i) < 0); }}"
    );
    let function = Function::from_c(&source, &Options::default()).unwrap();
    let plan = Plan { threads: NonZero::new(2), ..Plan::default() };
    // SAFETY: the body reads a variable of its own.
    let values: Vec<i64> = unsafe { parfor_map(&function, 100, Args::new(), &plan) }.unwrap();
    values.iter().enumerate().all(|(i, &v)| v == i as i64 * k + k)
}

/// Runs `child` in a child, which must come to its end and say `true`.
fn in_child(child: impl FnOnce() -> bool) {
    // SAFETY: the child runs nothing but the given function, and leaves past all destructors.
    match unsafe { libc::fork() } {
        -1 => panic!("no fork"),
        0 => {
            let fine =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(child)).unwrap_or(false);
            // SAFETY: ends the process.
            unsafe { libc::_exit(if fine { 0 } else { 1 }) }
        }
        child => {
            let begin = Instant::now();
            let mut status = 0;
            // SAFETY: `status` is room to write to.
            while unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == 0 {
                if begin.elapsed() > Duration::from_secs(30) {
                    // SAFETY: the child has not been waited for, so the number is still its own.
                    unsafe { libc::kill(child, libc::SIGKILL) };
                    panic!("a child hangs");
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(status, 0, "a child failed");
        }
    }
}

#[test]
fn children_compile_and_run() {
    // Before anything was compiled, and after.
    in_child(|| works(1));
    assert!(works(2));
    in_child(|| works(2) && works(3));

    // A function of the parent's runs in the child, its nests too, whose code was copied.
    let f = Function::from_c("long f(long i) { return 3 * i; }", &Options::default()).unwrap();
    // SAFETY: the body touches no memory.
    let run = || unsafe { parfor_map::<i64>(&f, 50, Args::new(), &Plan::default()) }.unwrap();
    assert_eq!(run()[49], 147);
    in_child(|| run()[49] == 147);

    /// Ends the threads, on the way of a panic too.
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _end = End(&over);
        for thread in 0..3 {
            let over = &over;
            scope.spawn(move || {
                let mut k = 1000 * (thread + 1);
                while !over.load(Relaxed) {
                    assert!(works(k));
                    k += 1;
                }
            });
        }
        // A lock that the child needs is held most of the time.
        scope.spawn(|| {
            let mut k = 0;
            while !over.load(Relaxed) {
                // SAFETY: nothing uses the symbols.
                unsafe { shiver::symbols::add_symbol(&format!("test_{}", k % 1000), 1) };
                k += 1;
            }
        });
        for k in 0..40 {
            in_child(|| works(5000 + k) && works(6000 + k));
            // Forks meet the compiles at all their stages.
            std::thread::sleep(Duration::from_micros(k as u64 * 331 % 5000));
        }
    });
    assert!(works(9999));
}
