//! Loops that end early.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::Duration;

use shiver::{Args, CancelToken, Error, Launch, Plan, Schedule, Space, parfor, parfor_map};

use crate::ways::{c, way};

const COUNT: &str = "void f(long *n, long i) { __atomic_fetch_add(n, 1, __ATOMIC_SEQ_CST); }";

#[test]
fn a_cancelled_token_lets_nothing_run() {
    let token = CancelToken::new();
    token.cancel();
    let n = AtomicI64::new(0);
    for schedule in [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided] {
        let plan = Plan { cancel: Some(&token), ..way(schedule, 2, 1) };
        // SAFETY: the body counts atomically.
        let result = unsafe { parfor(&c(COUNT), 1000, Args::new().pointer(n.as_ptr()), &plan) };
        assert_eq!(result, Err(Error::Cancelled));
    }
    assert_eq!(n.load(SeqCst), 0);
    assert_eq!(Error::Cancelled.to_string(), "the loop was cancelled");
}

#[test]
fn a_token_ends_a_running_loop_from_another_thread() {
    let f = c(
        "void f(long *n, long i) { __atomic_fetch_add(n, 1, 5); for (volatile int k = 0; k < 10000; k++) ; }",
    );
    let (token, n) = (CancelToken::new(), AtomicI64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while n.load(SeqCst) == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
            token.cancel();
        });
        let plan = Plan { cancel: Some(&token), ..way(Schedule::Auto, 2, 0) };
        // SAFETY: the body counts atomically.
        let result = unsafe { parfor(&f, 1i64 << 40, Args::new().pointer(n.as_ptr()), &plan) };
        assert_eq!(result, Err(Error::Cancelled));
    });
    assert!(n.load(SeqCst) > 0);
}

/// A loop that ends early gives no results, and frees the room for them.
#[test]
fn a_cancelled_map_gives_no_results() {
    let token = CancelToken::new();
    token.cancel();
    let plan = Plan { cancel: Some(&token), ..Plan::default() };
    // SAFETY: the body touches no memory.
    let result =
        unsafe { parfor_map::<i64>(&c("long f(long i) { return i; }"), 1000, Args::new(), &plan) };
    assert_eq!(result, Err(Error::Cancelled));
}

#[test]
fn the_waiting_thread_ends_it_between_pieces() {
    let n = AtomicI64::new(0);
    let function = c(COUNT);
    let space = Space::new([shiver::Dim::upto(1 << 40)]).unwrap();
    let words = [n.as_ptr() as u64];
    let mut launch = Launch::new(&function, &space, words.into_iter()).unwrap();
    let mut ticks = 0;
    // SAFETY: the body counts atomically.
    let outcome = unsafe {
        launch.run(std::ptr::null_mut(), &way(Schedule::Dynamic, 1, 1000), &mut |tick| {
            assert!(tick.progress.done <= tick.progress.total);
            ticks += 1;
            if ticks < 3 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    };
    assert_eq!(outcome, Err(Error::Cancelled));
    assert!(n.load(SeqCst) > 0);
    assert_eq!(ticks, 3);
}
