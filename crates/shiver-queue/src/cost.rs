//! What a body costs, remembered from one loop to the next.

use std::sync::atomic::{AtomicU32, Ordering};

/// Nanoseconds that an iteration of a body took, on average over the last loops: kept by the caller, one per body, and
/// brought up to date by each loop that is given it in [`Plan::cost`](crate::Plan::cost).
///
/// It decides where a loop starts and how long its first pieces are, never what it computes. What it says may be wrong
/// by any factor, because arguments change: loops find that out within their first pieces.
///
/// ```
/// use shiver_queue::Cost;
///
/// static BODY: Cost = Cost::new();
/// assert_eq!(BODY.nanos(), None);
/// assert_eq!(Cost::of(2.5).nanos(), Some(2.5));
/// ```
#[derive(Debug, Default)]
pub struct Cost(AtomicU32);

impl Cost {
    /// No loop pays less per iteration: it would round to "unknown".
    const LEAST: f32 = 1e-3;

    /// How much a loop may raise the cost: a thread that was kept waiting in the middle of a short loop would else make
    /// the next one look long. What has really become dear is known after a few loops.
    const RISE: f32 = 4.0;

    /// What differs by no more than this factor is the same: a loop that is run again and again is then described to its
    /// workers in the very same words, which they still have.
    const SAME: f32 = 1.5;

    /// A cost that is not known yet.
    pub const fn new() -> Cost {
        Cost(AtomicU32::new(0))
    }

    /// A cost that is known, in nanoseconds per iteration.
    pub fn of(nanos: f32) -> Cost {
        Cost(AtomicU32::new(nanos.max(Self::LEAST).to_bits()))
    }

    /// Nanoseconds per iteration, once known.
    pub fn nanos(&self) -> Option<f32> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            bits => Some(f32::from_bits(bits)),
        }
    }

    /// So many iterations took so long.
    pub(crate) fn learn(&self, nanos: u64, iterations: u64) {
        if iterations == 0 || nanos == 0 {
            return;
        }
        let known = self.nanos();
        let most = known.map_or(f32::INFINITY, |known| known * Self::RISE);
        let cost = ((nanos as f64 / iterations as f64) as f32).min(most).max(Self::LEAST);
        // Two loops at once may overwrite each other: both are right.
        let same = |known: f32| (known / Self::SAME..known * Self::SAME).contains(&cost);
        if !known.is_some_and(same) {
            self.0.store(cost.to_bits(), Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn falls_at_once_and_rises_slowly() {
        let cost = Cost::new();
        cost.learn(0, 10);
        cost.learn(10, 0);
        assert_eq!(cost.nanos(), None);
        cost.learn(8_000, 4);
        assert_eq!(cost.nanos(), Some(2_000.0));
        cost.learn(40, 4);
        assert_eq!(cost.nanos(), Some(10.0));
        cost.learn(1_000_000, 4);
        assert_eq!(cost.nanos(), Some(40.0));
        cost.learn(1, u64::MAX);
        assert_eq!(cost.nanos(), Some(Cost::LEAST));
    }
}
