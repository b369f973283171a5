//! Own process: the number of threads that a loop gets by default is asked for once.

#![cfg(target_os = "linux")]

use shiver_queue::{available_threads, default_threads};

/// Ties this thread to the CPUs whose bits are set.
fn tie(mask: &libc::cpu_set_t) {
    // SAFETY: the mask is one, of that size.
    let answer = unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), mask) };
    assert_eq!(answer, 0);
}

#[test]
fn the_default_stays_what_it_was_at_first() {
    let before = available_threads();
    // SAFETY: zeros are an empty mask, and the call writes no more than that one.
    let all = unsafe {
        let mut all: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut all), 0);
        all
    };
    // SAFETY: the mask is read at numbers that it has.
    let first = (0..libc::CPU_SETSIZE as usize).find(|&cpu| unsafe { libc::CPU_ISSET(cpu, &all) });
    // SAFETY: as above.
    let one = unsafe {
        let mut one: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(first.expect("this thread runs somewhere"), &mut one);
        one
    };
    tie(&one);
    assert_eq!(available_threads(), 1);
    assert_eq!(default_threads(), 1);
    tie(&all);
    assert_eq!(available_threads(), before);
    assert_eq!(default_threads(), 1);
}
