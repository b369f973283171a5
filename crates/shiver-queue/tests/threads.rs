//! Own process: threads start lazily, are named, are reused, block signals, and sleep under other names than others'.

#![cfg(target_os = "linux")]

use std::num::NonZero;
use std::ops::ControlFlow::Continue;

use shiver_queue::{Dim, Plan, Schedule, Space, run};

/// The names of the pool's threads, and their blocked signals as the kernel tells them.
fn pool() -> Vec<(String, u64)> {
    let mut pool = Vec::new();
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let task = task.unwrap().path();
        let name = std::fs::read_to_string(task.join("comm")).unwrap().trim().to_owned();
        if name.starts_with("shiver-") {
            let status = std::fs::read_to_string(task.join("status")).unwrap();
            let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
            pool.push((name, u64::from_str_radix(blocked.trim(), 16).unwrap()));
        }
    }
    pool.sort();
    pool
}

#[test]
fn threads_start_when_needed_and_stay() {
    let space = Space::new([Dim::upto(1000)]).unwrap();
    let call = |schedule, threads| {
        let plan = Plan { schedule, threads: NonZero::new(threads), ..Plan::default() };
        assert!(run(&space, &plan, &|_, _| Continue(()), &mut |_| Continue(())).is_completed());
    };
    assert_eq!(pool().len(), 0);
    call(Schedule::Auto, 1);
    assert_eq!(pool().len(), 0, "a loop on one thread needs no other");
    for threads in [2, 4, 3, 4, 2] {
        for schedule in [Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided] {
            for _ in 0..50 {
                call(schedule, threads);
            }
        }
    }
    let names: Vec<_> = pool().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["shiver-1", "shiver-2", "shiver-3"]);

    for (name, blocked) in pool() {
        let blocks = |signal: libc::c_int| blocked >> (signal - 1) & 1 == 1;
        for signal in [
            libc::SIGINT,
            libc::SIGTERM,
            libc::SIGALRM,
            libc::SIGCHLD,
            libc::SIGUSR1,
            libc::SIGPROF,
        ] {
            assert!(blocks(signal), "{name} takes signal {signal}");
        }
        // What a thread itself raises must reach whoever handles it.
        for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL] {
            assert!(!blocks(signal), "{name} blocks signal {signal}");
        }
    }
    let own = std::fs::read_to_string("/proc/thread-self/status").unwrap();
    assert!(own.contains("SigBlk:\t0000000000000000"), "the caller's own mask is as it was");
}
