//! Own process: a process whose loops are over uses no CPU time.

#![cfg(unix)]

use std::num::NonZero;
use std::ops::ControlFlow::Continue;
use std::time::Duration;

use shiver_queue::{Dim, Plan, Space, run};

fn cpu_time() -> Duration {
    // SAFETY: all-zero bytes are a valid rusage, which getrusage then overwrites.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &mut usage), 0);
        usage
    };
    let time = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    time(usage.ru_utime) + time(usage.ru_stime)
}

#[test]
fn idle_workers_sleep() {
    let space = Space::new([Dim::upto(10_000)]).unwrap();
    for _ in 0..100 {
        let plan = Plan { threads: NonZero::new(16), ..Plan::default() };
        assert!(run(&space, &plan, &|_, _| Continue(()), &mut |_| Continue(())).is_completed());
    }
    std::thread::sleep(Duration::from_millis(50));
    let before = cpu_time();
    std::thread::sleep(Duration::from_secs(1));
    let used = cpu_time() - before;
    assert!(used < Duration::from_millis(10), "{used:?} in a second of doing nothing");
}
