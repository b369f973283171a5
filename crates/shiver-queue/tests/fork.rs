//! Own process: children forked at any time run loops with workers of their own.

#![cfg(unix)]

use std::num::NonZero;
use std::ops::ControlFlow::{Break, Continue};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use shiver_queue::{Dim, Ending, Outcome, Plan, Schedule, Space, run};

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
                if begin.elapsed() > Duration::from_secs(20) {
                    // SAFETY: the child has not been waited for, so the number is still its own.
                    unsafe { libc::kill(child, libc::SIGKILL) };
                    panic!("a child hangs");
                }
                std::thread::sleep(Duration::from_micros(200));
            }
            assert_eq!(status, 0, "a child failed");
        }
    }
}

fn sum(threads: usize, schedule: Schedule) -> (Outcome, u64) {
    let sum = AtomicU64::new(0);
    let outcome = run(
        &Space::new([Dim::upto(1000)]).unwrap(),
        &Plan { schedule, threads: NonZero::new(threads), ..Plan::default() },
        &|_, tile| {
            sum.fetch_add((tile.begin[0]..tile.end[0]).sum(), Relaxed);
            Continue(())
        },
        &mut |_| Continue(()),
    );
    (outcome, sum.into_inner())
}

fn works(threads: usize, schedule: Schedule) -> bool {
    let (outcome, sum) = sum(threads, schedule);
    outcome.is_completed() && outcome.workers == threads && sum == 499_500
}

#[test]
fn children_have_workers_of_their_own() {
    in_child(|| works(3, Schedule::Static));
    assert!(works(3, Schedule::Static));
    in_child(|| works(3, Schedule::Static) && works(4, Schedule::Auto));

    a_hundred_forks_while_others_run_loops();
    from_between();
    from_a_body_on_the_caller();
    from_a_body_on_a_worker();
    assert!(works(4, Schedule::Static));
}

fn a_hundred_forks_while_others_run_loops() {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for threads in [2, 3] {
            let over = &over;
            scope.spawn(move || {
                while !over.load(Relaxed) {
                    assert!(works(threads, Schedule::Auto) && works(threads, Schedule::Dynamic));
                }
            });
        }
        for round in 0..100 {
            in_child(|| {
                works(2, Schedule::Static) && works(3, Schedule::Auto) && {
                    // Grandchildren too, now and then.
                    if round % 10 == 0 {
                        in_child(|| works(2, Schedule::Static));
                    }
                    true
                }
            });
        }
        over.store(true, Relaxed);
    });
}

/// The child is in the middle of a loop whose other workers it has not.
fn from_between() {
    let parent = std::process::id();
    let mut forked = false;
    let outcome = run(
        &Space::new([Dim::upto(200)]).unwrap(),
        &Plan { threads: NonZero::new(3), grain: NonZero::new(1), ..Plan::default() },
        &|_, _| {
            std::thread::sleep(Duration::from_millis(1));
            Continue(())
        },
        &mut |_| {
            // SAFETY: the child returns from `run` and leaves below.
            if !forked && std::process::id() == parent && unsafe { libc::fork() } >= 0 {
                forked = true;
            }
            Continue(())
        },
    );
    finish(parent, outcome, forked);
}

fn from_a_body_on_the_caller() {
    let parent = std::process::id();
    let forked = AtomicBool::new(false);
    let outcome = run(
        &Space::new([Dim::upto(50)]).unwrap(),
        &Plan { threads: NonZero::new(3), grain: NonZero::new(1), ..Plan::default() },
        &|worker, _| {
            // SAFETY: the child returns from `run` and leaves below.
            if worker.index() == 0 && !forked.swap(true, Relaxed) && unsafe { libc::fork() } < 0 {
                return Break(());
            }
            std::thread::sleep(Duration::from_millis(1));
            Continue(())
        },
        &mut |_| Continue(()),
    );
    finish(parent, outcome, forked.into_inner());
}

/// Parent and child come here from the same loop, which only the parent can have completed.
fn finish(parent: u32, outcome: Outcome, forked: bool) {
    if std::process::id() != parent {
        let fine = outcome.ending == Ending::Cancelled && works(3, Schedule::Static);
        // SAFETY: ends the process.
        unsafe { libc::_exit(if fine { 0 } else { 1 }) }
    }
    assert!(outcome.is_completed() && forked);
    let mut status = 0;
    // SAFETY: `status` is room to write to; the child is this process's only one.
    assert!(unsafe { libc::waitpid(-1, &mut status, 0) } > 0);
    assert_eq!(status, 0, "the child failed");
}

/// The child's only thread is a worker, whose loop is not there: the child ends.
fn from_a_body_on_a_worker() {
    let child = AtomicU64::new(0);
    let outcome = run(
        &Space::new([Dim::upto(2)]).unwrap(),
        &Plan { schedule: Schedule::Static, threads: NonZero::new(2), ..Plan::default() },
        &|worker, _| {
            if worker.index() == 1 {
                // SAFETY: the child returns from the body and ends with its thread.
                child.store(unsafe { libc::fork() } as u64, Relaxed);
            }
            Continue(())
        },
        &mut |_| Continue(()),
    );
    assert!(outcome.is_completed());
    let mut status = 0;
    let child = child.into_inner() as libc::pid_t;
    // SAFETY: `status` is room to write to.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0);
}
