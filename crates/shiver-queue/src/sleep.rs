//! Where a thread sleeps: one flag that says so and a token that wakes.

use std::time::Duration;

use crate::place::Place;
use crate::sync::{AtomicBool, Condvar, Mutex, Ordering, fence};

/// A thread's bed. Only its owner lies in it; anybody may wake it.
///
/// `PROTOCOL.md` says why no wake-up is lost. In short: the sleeper says that it sleeps, then looks whether there is
/// work; the waker makes the work visible, then looks whether somebody sleeps; a sequentially consistent fence stands
/// between the two halves on both sides, so at least one of them sees the other.
#[derive(Debug)]
pub(crate) struct Bed {
    asleep: AtomicBool,
    token: Mutex<bool>,
    rung: Condvar,
    /// The CPU that the sleeper had.
    pub(crate) place: Place,
}

impl Bed {
    pub(crate) fn new() -> Bed {
        Bed {
            asleep: AtomicBool::new(false),
            token: Mutex::new(false),
            rung: Condvar::new(),
            place: Place::new(),
        }
    }

    /// Sleeper: says so. What it waits for must be looked at once more after this, before [`sleep`](Bed::sleep).
    pub(crate) fn lie_down(&self) {
        self.place.note();
        // A swap for loom's sake, which may let a swap elsewhere overtake a plain store; nobody in a hurry comes here.
        self.asleep.swap(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Sleeper: does not want to sleep after all, or has slept. A token given meanwhile makes the next sleep short.
    pub(crate) fn get_up(&self) {
        self.asleep.swap(false, Ordering::Relaxed);
    }

    /// Sleeper: sleeps until woken, or for so long at most.
    pub(crate) fn sleep(&self, at_most: Option<Duration>) {
        let mut token = self.token.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !*token {
            token = match at_most {
                // A wake-up without a token is no harm: whoever sleeps looks again for what it waits for.
                Some(time) => {
                    self.rung
                        .wait_timeout(token, time)
                        .unwrap_or_else(|poisoned| poisoned.into_inner())
                        .0
                }
                None => self.rung.wait(token).unwrap_or_else(|poisoned| poisoned.into_inner()),
            };
        }
        *token = false;
        drop(token);
        self.get_up();
    }

    /// Whether somebody lies in it, as seen from afar.
    pub(crate) fn is_asleep(&self) -> bool {
        self.asleep.load(Ordering::Relaxed)
    }

    /// Waker: to be called after a sequentially consistent [`fence`] that follows what the sleeper waits for. Whether
    /// somebody slept.
    pub(crate) fn wake(&self) -> bool {
        let asleep =
            self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::Relaxed);
        if asleep {
            *self.token.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = true;
            self.rung.notify_one();
        }
        asleep
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn sleeps_until_woken_or_for_so_long() {
        let bed = Bed::new();
        let start = Instant::now();
        bed.lie_down();
        bed.sleep(Some(Duration::from_millis(20)));
        assert!(start.elapsed() >= Duration::from_millis(15));
        bed.lie_down();
        bed.wake();
        bed.sleep(None);
        std::thread::scope(|scope| {
            bed.lie_down();
            scope.spawn(|| {
                fence(Ordering::SeqCst);
                bed.wake();
            });
            bed.sleep(None);
        });
    }
}
