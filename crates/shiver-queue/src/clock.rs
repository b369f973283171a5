//! What time costs: a precise clock for pieces, and a cheap one to see whether the caller's turn has come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A moment, read as cheaply as the machine can: only for differences within one thread, and for nothing that has to be
/// exact. On x86 that is the time stamp counter (15 ns against 35 ns for [`Instant`], November 2026, a virtual Sapphire
/// Rapids); where it does not run evenly, pieces get somewhat shorter or longer than meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(u64);

impl Moment {
    /// As a word that is not 0, and back.
    pub(crate) fn to_bits(self) -> u64 {
        self.0.max(1)
    }

    pub(crate) fn from_bits(bits: u64) -> Moment {
        Moment(bits)
    }

    pub(crate) fn is_before(self, later: Moment) -> bool {
        self.0 < later.0
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
impl Moment {
    pub(crate) fn now() -> Moment {
        // SAFETY: every x86-64 CPU has the instruction; it touches no memory.
        Moment(unsafe { core::arch::x86_64::_rdtsc() })
    }

    /// Nanoseconds since an earlier moment.
    pub(crate) fn since(self, earlier: Moment) -> u64 {
        (self.0.saturating_sub(earlier.0) as f64 * nanos_per_tick()) as u64
    }

    /// So many nanoseconds from now.
    pub(crate) fn in_nanos(nanos: u64) -> Moment {
        let ticks = (nanos as f64 / nanos_per_tick()) as u64;
        Moment(Moment::now().0 + ticks)
    }
}

/// Measured once, between the first time it is asked for and a later one. Nobody waits for that: in the meantime a guess
/// must do, which no CPU is further from than a factor of three.
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn nanos_per_tick() -> f64 {
    /// Of a CPU of 2.5 GHz.
    const GUESS: f64 = 0.4;
    /// Over this time two readings tell it to a few percent.
    const TELLING: Duration = Duration::from_micros(50);
    /// The bits of the number; 0 until known.
    static KNOWN: AtomicU64 = AtomicU64::new(0);
    static START: std::sync::OnceLock<(Moment, Instant)> = std::sync::OnceLock::new();
    let known = KNOWN.load(Ordering::Relaxed);
    if known != 0 {
        return f64::from_bits(known);
    }
    let &(begin, start) = START.get_or_init(both_clocks);
    let (end, now) = both_clocks();
    let (ticks, time) = (end.0.saturating_sub(begin.0), now - start);
    if time < TELLING || ticks == 0 {
        return GUESS;
    }
    let measured = time.as_nanos() as f64 / ticks as f64;
    KNOWN.store(measured.to_bits(), Ordering::Relaxed);
    measured
}

/// The counter, and the time at which it was read.
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn both_clocks() -> (Moment, Instant) {
    let read = || {
        let (before, time) = (Moment::now(), Instant::now());
        (Moment::now().0.saturating_sub(before.0), before, time)
    };
    // Of several readings the quickest was not interrupted.
    let quickest = [(); 3].map(|()| read()).into_iter().min_by_key(|reading| reading.0);
    let (_, counter, time) = quickest.expect("there are three");
    (counter, time)
}

#[cfg(not(all(target_arch = "x86_64", not(miri))))]
impl Moment {
    pub(crate) fn now() -> Moment {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        Moment(START.get_or_init(Instant::now).elapsed().as_nanos() as u64)
    }

    /// Nanoseconds since an earlier moment.
    pub(crate) fn since(self, earlier: Moment) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// So many nanoseconds from now.
    pub(crate) fn in_nanos(nanos: u64) -> Moment {
        Moment(Moment::now().0 + nanos)
    }
}

/// How often a caller's `between` is called, about.
const BEAT: Duration = Duration::from_millis(10);

/// Says when [`BEAT`] has passed: by the moments at which pieces end, where these are known, else by the kernel's tick.
#[derive(Debug)]
pub(crate) enum Beat {
    /// It has not begun.
    Never,
    /// The last beat.
    Fine(Moment),
    /// The next beat.
    Coarse(Duration),
}

impl Beat {
    /// Begins with that moment, which is now.
    pub(crate) fn fine(now: Moment) -> Beat {
        Beat::Fine(now)
    }

    pub(crate) fn coarse() -> Beat {
        Beat::Coarse(coarse() + BEAT)
    }

    /// Whether it is time; if so, the next beat is counted from now, which is `now` or soon after. Never in a model, where
    /// nothing may depend on time.
    pub(crate) fn is_due(&mut self, now: impl FnOnce() -> Moment) -> bool {
        if cfg!(loom) {
            return false;
        }
        match self {
            Beat::Never => false,
            Beat::Fine(last) => {
                let now = now();
                let due = now.since(*last) >= BEAT.as_nanos() as u64;
                if due {
                    *last = now;
                }
                due
            }
            Beat::Coarse(next) => {
                let now = coarse();
                let due = now >= *next;
                if due {
                    *next = now + BEAT;
                }
                due
            }
        }
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
    /// When it began to look at the clock.
    start: Option<Instant>,
    /// Calls of [`pause`](Spin::pause) since it last did.
    pauses: u32,
    at_most: Duration,
}

impl Spin {
    /// Longer than it takes to wake a thread, on a virtual machine too (60 to 120 µs on the one measured, 2026-11-23).
    /// With less, a caller who comes back at once falls into step with its workers: whoever is woken finds the other
    /// asleep. At 50 µs, the first 400 calls after a pause took 107 µs each, and later ones 2. Short enough for a shared
    /// machine: a loop leaves a third of a millisecond of spinning behind, libgomp's some twenty.
    const AT_MOST: Duration = Duration::from_micros(300);

    /// Looking at the clock takes twice as long as a pause, so that is done once in so many.
    const PAUSES: u32 = 64;

    /// A spin that has not begun; `crowded`: there are more threads than CPUs, so that spinning keeps the one that is
    /// waited for from running.
    pub(crate) fn new(crowded: bool) -> Spin {
        let at_most = if crowded || cfg!(loom) { Duration::ZERO } else { Self::AT_MOST };
        Spin { start: None, pauses: 0, at_most }
    }

    /// Passes a moment; `false` once the thread had better sleep.
    pub(crate) fn pause(&mut self) -> bool {
        if self.at_most.is_zero() {
            return false;
        }
        crate::sync::spin_loop();
        self.pauses += 1;
        if self.pauses < Self::PAUSES {
            return true;
        }
        self.pauses = 0;
        self.start.get_or_insert_with(Instant::now).elapsed() < self.at_most
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.start = None;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn moments_tell_nanoseconds() {
        // The first time asks for the number that the next one knows.
        for factor in [5, 2] {
            let (start, begin) = (Instant::now(), Moment::now());
            std::thread::sleep(Duration::from_millis(20));
            let (told, took) = (Moment::now().since(begin), start.elapsed().as_nanos() as u64);
            assert!(told > took / factor && told < took * factor, "{told} against {took}");
        }
    }
}
