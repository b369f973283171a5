//! Which CPU a thread runs on, and how it leaves one that another thread of the same loop needs.
//!
//! A kernel that wakes a thread puts it where it ran last, if it knows nothing better: often that is where the caller runs
//! who has just woken it. Then each of the two spins while the other waits for the CPU. The kernel sees that neither is
//! ready to run for long, and leaves them: 200 calls in a row took 0.6 ms each where they take 1 µs (November 2026, Linux
//! 6.18, two virtual CPUs). So a worker that finds itself on its caller's CPU leaves it.

use std::sync::atomic::{AtomicU32, Ordering};

/// A CPU, written down for others to read. It may be out of date, and nothing hangs on it: not one more thing for the
/// models to interleave.
#[derive(Debug)]
pub(crate) struct Place(AtomicU32);

impl Place {
    const UNKNOWN: u32 = u32::MAX;

    pub(crate) fn new() -> Place {
        Place(AtomicU32::new(Self::UNKNOWN))
    }

    /// Writes down where this thread is. Not if it is still there, since others have the line.
    pub(crate) fn note(&self) {
        let here = here();
        if self.0.load(Ordering::Relaxed) != here {
            self.0.store(here, Ordering::Relaxed);
        }
    }

    /// Whether this thread is there now.
    pub(crate) fn is_here(&self) -> bool {
        let place = self.0.load(Ordering::Relaxed);
        place != Self::UNKNOWN && place == here()
    }
}

/// The CPU that this thread runs on; a few nanoseconds.
#[cfg(all(target_os = "linux", not(loom)))]
fn here() -> u32 {
    // SAFETY: the call only asks for a number; where it fails, it gives -1, which stands for an unknown place.
    unsafe { libc::sched_getcpu() as u32 }
}

#[cfg(not(all(target_os = "linux", not(loom))))]
fn here() -> u32 {
    Place::UNKNOWN
}

/// Goes to another CPU that this thread may use, if there is one; afterwards it may use this one again. Some tens of
/// microseconds.
#[cfg(target_os = "linux")]
pub(crate) fn leave() {
    let Some(mask) = Mask::of_this_thread() else { return };
    let others = mask.without(here());
    if others.count() > 0 {
        others.apply();
        mask.apply();
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn leave() {}

/// The CPUs that a thread may use: a bit each.
#[cfg(target_os = "linux")]
pub(crate) struct Mask(Vec<u64>);

#[cfg(target_os = "linux")]
impl Mask {
    pub(crate) fn of_this_thread() -> Option<Mask> {
        // The kernel wants room for every CPU it could have, and says so by failing.
        [16, 64, 1024].into_iter().find_map(|words| {
            let mut mask = vec![0_u64; words];
            let bytes = words * size_of::<u64>();
            // SAFETY: `mask` has `bytes` bytes to write to, and a cpu_set_t is nothing but a bit mask in machine words.
            let answer = unsafe { libc::sched_getaffinity(0, bytes, mask.as_mut_ptr().cast()) };
            (answer == 0).then_some(Mask(mask))
        })
    }

    /// How many CPUs.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn without(&self, cpu: u32) -> Mask {
        let mut mask = self.0.clone();
        if let Some(word) = mask.get_mut((cpu / u64::BITS) as usize) {
            *word &= !(1 << (cpu % u64::BITS));
        }
        Mask(mask)
    }

    /// Makes these the CPUs that this thread may use. Where that is forbidden, nothing is lost but time.
    fn apply(&self) {
        // SAFETY: the mask has as many bytes to read as is said.
        unsafe { libc::sched_setaffinity(0, size_of_val(&*self.0), self.0.as_ptr().cast()) };
    }
}

#[cfg(all(test, target_os = "linux", not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn leaves_the_cpu_and_keeps_its_mask() {
        std::thread::spawn(|| {
            let before = Mask::of_this_thread().unwrap();
            for _ in 0..100 {
                let place = Place::new();
                assert!(!place.is_here(), "nowhere");
                place.note();
                leave();
                // The kernel may have moved this thread before it left, and put it there again since: not each time.
                if before.count() == 1 || !place.is_here() {
                    assert_eq!(Mask::of_this_thread().unwrap().0, before.0);
                    return;
                }
            }
            panic!("never left");
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_mask_without_a_cpu() {
        let mask = Mask(vec![0b101, 1]);
        assert_eq!((mask.count(), mask.without(2).0), (3, vec![0b001, 1]));
        assert_eq!((mask.without(64).0, mask.without(1).0), (vec![0b101, 0], vec![0b101, 1]));
        assert_eq!(mask.without(Place::UNKNOWN).count(), 3);
    }
}
