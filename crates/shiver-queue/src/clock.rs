//! What time costs: a precise clock for pieces, and a cheap one to see whether the caller's turn has come.

use std::time::{Duration, Instant};

/// How often a caller's `between` is called, about.
const BEAT: Duration = Duration::from_millis(10);

/// Says when [`BEAT`] has passed.
#[derive(Debug)]
pub(crate) struct Beat {
    next: Duration,
}

impl Beat {
    pub(crate) fn new() -> Beat {
        Beat { next: coarse() + BEAT }
    }

    /// Whether it is time; if so, the next beat is counted from now. Never in a model, where nothing may depend on time.
    pub(crate) fn is_due(&mut self) -> bool {
        if cfg!(loom) {
            return false;
        }
        let now = coarse();
        let due = now >= self.next;
        if due {
            self.next = now + BEAT;
        }
        due
    }
}

/// The kernel's tick, read without a look at the hardware: right to a few milliseconds, a few nanoseconds to read.
#[cfg(target_os = "linux")]
fn coarse() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a timespec to write to. The clock exists on every kernel that Rust runs on, so the call
    // succeeds; if it did not, the time would stand still at 0.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Time since the first call.
#[cfg(not(target_os = "linux"))]
fn coarse() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// How long a thread that waits has spun; after a while it had better sleep.
#[derive(Debug)]
pub(crate) struct Spin {
    start: Option<Instant>,
    at_most: Duration,
}

impl Spin {
    /// Long enough that a caller who comes back at once finds its workers awake, short enough for a shared machine.
    const AT_MOST: Duration = Duration::from_micros(50);

    /// A spin that has not begun; `crowded`: there are more threads than CPUs, so that spinning keeps the one that is
    /// waited for from running.
    pub(crate) fn new(crowded: bool) -> Spin {
        Spin {
            start: None,
            at_most: if crowded || cfg!(loom) { Duration::ZERO } else { Self::AT_MOST },
        }
    }

    /// Passes a moment; `false` once the thread had better sleep.
    pub(crate) fn pause(&mut self) -> bool {
        if self.at_most.is_zero() {
            return false;
        }
        let start = *self.start.get_or_insert_with(Instant::now);
        for _ in 0..4 {
            crate::sync::spin_loop();
        }
        start.elapsed() < self.at_most
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.start = None;
    }
}
