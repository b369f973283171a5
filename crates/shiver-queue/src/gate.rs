//! The gate of a job: one word that says whether a loop may be entered, by whom, and how many are inside.

use crate::sync::{AtomicU64, Ordering};

/// What the gate's word says at one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gate(u64);

/// The life of a job slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nobody's.
    Free,
    /// A caller has it and writes the job down; nobody else may enter.
    Filling,
    /// Workers may enter.
    Open,
    /// Workers may only leave.
    Closing,
}

impl Gate {
    const INSIDE_ONE: u64 = 1;
    const INSIDE_BITS: u32 = 10;
    const PHASE_SHIFT: u32 = 10;
    const PHASE_BITS: u32 = 2;
    const THREADS_SHIFT: u32 = 12;
    const THREADS_BITS: u32 = 10;
    const FIRST_SHIFT: u32 = 22;
    const FIRST_BITS: u32 = 10;
    const EPOCH_SHIFT: u32 = 32;
    /// Makes [`Phase::Closing`] (3) of [`Phase::Open`] (2).
    const CLOSE: u64 = 1 << Self::PHASE_SHIFT;

    const fn field(self, shift: u32, bits: u32) -> u64 {
        self.0 >> shift & ((1 << bits) - 1)
    }

    fn new(epoch: u32, first: usize, threads: usize, phase: Phase) -> Gate {
        debug_assert!(first < 1 << Self::FIRST_BITS && threads < 1 << Self::THREADS_BITS);
        Gate(
            u64::from(epoch) << Self::EPOCH_SHIFT
                | (first as u64) << Self::FIRST_SHIFT
                | (threads as u64) << Self::THREADS_SHIFT
                | (phase as u64) << Self::PHASE_SHIFT,
        )
    }

    /// Which job of this slot it is: one more with each.
    pub(crate) fn epoch(self) -> u32 {
        (self.0 >> Self::EPOCH_SHIFT) as u32
    }

    /// How many workers are inside; the caller is not counted.
    pub(crate) fn inside(self) -> u64 {
        self.field(0, Self::INSIDE_BITS)
    }

    pub(crate) fn phase(self) -> Phase {
        match self.field(Self::PHASE_SHIFT, Self::PHASE_BITS) {
            0 => Phase::Free,
            1 => Phase::Filling,
            2 => Phase::Open,
            _ => Phase::Closing,
        }
    }

    /// Whether workers may enter.
    pub(crate) fn is_open(self) -> bool {
        self.phase() == Phase::Open
    }

    /// The worker number that a thread of the pool has in this job, if it may enter.
    pub(crate) fn admits(self, thread: usize) -> Option<usize> {
        let first = self.field(Self::FIRST_SHIFT, Self::FIRST_BITS) as usize;
        let threads = self.field(Self::THREADS_SHIFT, Self::THREADS_BITS) as usize;
        let worker = (thread + 1).checked_sub(first)?;
        (self.is_open() && (1..threads).contains(&worker)).then_some(worker)
    }
}

/// The word itself.
#[derive(Debug)]
pub(crate) struct GateWord(AtomicU64);

impl GateWord {
    pub(crate) fn new() -> GateWord {
        GateWord(AtomicU64::new(Gate::new(0, 0, 0, Phase::Free).0))
    }

    pub(crate) fn look(&self) -> Gate {
        Gate(self.0.load(Ordering::Acquire))
    }

    /// Caller, step 1: makes a free slot one's own. Acquires what the last job's caller left.
    pub(crate) fn claim(&self) -> bool {
        let gate = self.look();
        let mine = Gate::new(gate.epoch().wrapping_add(1), 0, 0, Phase::Filling);
        gate.phase() == Phase::Free
            && self.0.compare_exchange(gate.0, mine.0, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Caller, step 3: lets in the threads `first..first + threads - 1` of the pool as workers `1..threads`, and
    /// shows them what was written before.
    pub(crate) fn open(&self, first: usize, threads: usize) {
        let epoch = Gate(self.0.load(Ordering::Relaxed)).epoch();
        self.0.store(Gate::new(epoch, first, threads, Phase::Open).0, Ordering::Release);
    }

    /// Worker, step 2: enters the job that was seen, and no other. Other workers coming and going do not count.
    pub(crate) fn enter(&self, seen: Gate, thread: usize) -> Option<usize> {
        let mut gate = seen;
        loop {
            let worker = gate.admits(thread)?;
            let entered = gate.0 + Gate::INSIDE_ONE;
            match self.0.compare_exchange_weak(
                gate.0,
                entered,
                Ordering::Acquire,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(worker),
                Err(now) if Gate(now).epoch() == seen.epoch() => gate = Gate(now),
                Err(_) => return None,
            }
        }
    }

    /// Worker, last step: shows the caller what was written, and touches nothing of the job afterwards.
    pub(crate) fn leave(&self) {
        self.0.fetch_sub(Gate::INSIDE_ONE, Ordering::Release);
    }

    /// Caller, step 6: nobody enters from now on.
    pub(crate) fn close(&self) {
        self.0.fetch_or(Gate::CLOSE, Ordering::Relaxed);
    }

    /// Caller, step 7: whether all have left; acquires what they wrote.
    pub(crate) fn is_vacant(&self) -> bool {
        self.look().inside() == 0
    }

    /// Caller, step 8: gives the slot back.
    pub(crate) fn free(&self) {
        let epoch = Gate(self.0.load(Ordering::Relaxed)).epoch();
        self.0.store(Gate::new(epoch, 0, 0, Phase::Free).0, Ordering::Release);
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gate({:?}, epoch {}, {} inside)", self.phase(), self.epoch(), self.inside())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::sync::MAX_THREADS;

    const _: () =
        assert!(MAX_THREADS < 1 << Gate::THREADS_BITS && MAX_THREADS < 1 << Gate::INSIDE_BITS);

    #[test]
    fn fields_do_not_touch() {
        let gate = Gate::new(u32::MAX, 511, 512, Phase::Closing);
        assert_eq!((gate.epoch(), gate.inside(), gate.phase()), (u32::MAX, 0, Phase::Closing));
        let gate = Gate(Gate::new(7, 5, 3, Phase::Open).0 + 511 * Gate::INSIDE_ONE);
        assert_eq!((gate.epoch(), gate.inside(), gate.phase()), (7, 511, Phase::Open));
        let workers: Vec<_> = (1..10).map(|thread| gate.admits(thread)).collect();
        assert_eq!(workers[..4], [None; 4]);
        assert_eq!(workers[4..6], [Some(1), Some(2)]);
        assert_eq!(workers[6..], [None; 3]);
    }

    #[test]
    fn a_gate_opens_and_closes() {
        let word = GateWord::new();
        assert!(word.claim() && !word.claim());
        assert_eq!(word.enter(word.look(), 1), None);
        word.open(1, 2);
        let seen = word.look();
        assert_eq!(word.enter(seen, 2), None);
        assert_eq!(word.enter(seen, 1), Some(1));
        word.close();
        assert!(!word.is_vacant());
        assert_eq!(word.enter(seen, 1), None);
        word.leave();
        assert!(word.is_vacant());
        word.free();
        assert!(word.claim());
        word.open(1, 2);
        assert_eq!(word.enter(seen, 1), None, "the job that was seen is over");
    }
}
