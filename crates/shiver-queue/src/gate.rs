//! The gate of a job, and the doors of its workers: whether a loop may be entered, and who is inside.
//!
//! The gate is a word that its caller alone writes; each worker says at a door of its own whether it is inside, so that
//! no two write to one line. Who comes in says so and then looks at the gate; who closes the gate then looks at the
//! doors; a fence stands between the two on both sides, so at least one of them sees the other.

use crate::sync::{AtomicU64, Ordering, swap_and_fence};

/// What a gate's word says at one moment: the epoch of its job, and whether it is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gate(u64);

impl Gate {
    const OPEN: u64 = 1;
    const EPOCH_SHIFT: u32 = 32;

    fn new(epoch: u32, open: bool) -> Gate {
        Gate(u64::from(epoch) << Self::EPOCH_SHIFT | if open { Self::OPEN } else { 0 })
    }

    /// Which job of this slot it is: one more with each.
    pub(crate) fn epoch(self) -> u32 {
        (self.0 >> Self::EPOCH_SHIFT) as u32
    }

    /// Whether workers may enter.
    pub(crate) fn is_open(self) -> bool {
        self.0 & Self::OPEN != 0
    }
}

/// The word itself.
#[derive(Debug)]
pub(crate) struct GateWord(AtomicU64);

impl GateWord {
    pub(crate) fn new() -> GateWord {
        GateWord(AtomicU64::new(Gate::new(0, false).0))
    }

    pub(crate) fn look(&self) -> Gate {
        Gate(self.0.load(Ordering::Acquire))
    }

    /// Caller, step 3: lets workers in, and shows them what was written before.
    pub(crate) fn open(&self, epoch: u32) {
        self.0.store(Gate::new(epoch, true).0, Ordering::Release);
    }

    /// Caller, step 6: nobody enters from now on. A fence must follow before doors are looked at.
    pub(crate) fn close(&self, epoch: u32) {
        self.0.store(Gate::new(epoch, false).0, Ordering::Relaxed);
    }
}

/// Where a worker says in which job it is; written by it alone.
#[derive(Debug)]
pub(crate) struct Door(AtomicU64);

impl Door {
    const OUTSIDE: u64 = 0;

    pub(crate) fn new() -> Door {
        Door(AtomicU64::new(Self::OUTSIDE))
    }

    /// Worker, step 2: enters the job that was seen at that gate, and no other.
    pub(crate) fn enter(&self, gate: &GateWord, seen: Gate) -> bool {
        swap_and_fence(&self.0, seen.0);
        let entered = gate.look() == seen;
        if !entered {
            self.leave();
        }
        entered
    }

    /// Worker, step 4: shows the caller what was written, and touches nothing of the job afterwards.
    pub(crate) fn leave(&self) {
        self.0.store(Self::OUTSIDE, Ordering::Release);
    }

    /// Caller, step 7: whether the worker is in the job of that epoch, of which the gate was closed; acquires what it
    /// wrote if not.
    pub(crate) fn is_inside(&self, epoch: u32) -> bool {
        self.0.load(Ordering::Acquire) == Gate::new(epoch, true).0
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Gate(epoch {}, {})",
            self.epoch(),
            if self.is_open() { "open" } else { "closed" }
        )
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_gate_opens_and_closes() {
        let (word, door) = (GateWord::new(), Door::new());
        assert!(!word.look().is_open());
        word.open(u32::MAX);
        let seen = word.look();
        assert!(seen.is_open() && seen.epoch() == u32::MAX);
        assert!(door.enter(&word, seen) && door.is_inside(u32::MAX));
        assert!(!door.is_inside(1));
        word.close(u32::MAX);
        assert!(door.is_inside(u32::MAX));
        door.leave();
        assert!(!door.is_inside(u32::MAX) && !door.enter(&word, seen));
        assert!(!door.is_inside(u32::MAX));
        word.open(1);
        assert!(!door.enter(&word, seen), "the job that was seen is over");
        assert!(door.enter(&word, word.look()));
    }
}
