//! One worker's share of a loop: a range of units in one word.

use crate::sync::{AtomicU64, Ordering};

/// A range of units, `begin..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) begin: u32,
    pub(crate) end: u32,
}

impl Units {
    /// Where `end` starts in the packed word; `begin` is below it.
    const END_SHIFT: u32 = 32;

    pub(crate) const NONE: Units = Units { begin: 0, end: 0 };

    pub(crate) fn len(self) -> u32 {
        self.end - self.begin
    }

    fn pack(self) -> u64 {
        u64::from(self.end) << Self::END_SHIFT | u64::from(self.begin)
    }

    fn unpack(word: u64) -> Units {
        Units { begin: word as u32, end: (word >> Self::END_SHIFT) as u32 }
    }
}

/// The word: [`Units`] that nobody has taken yet.
///
/// The word is all there is to know about a share, so a compare-and-swap that finds the value it expects is right even
/// if the word was something else in between. And since a unit's number says what the unit is and nothing is published
/// through the word, every access is relaxed: what the loop wrote reaches the caller through [`Gate`](crate::gate).
#[derive(Debug)]
pub(crate) struct Share(AtomicU64);

impl Share {
    pub(crate) fn new() -> Share {
        Share(AtomicU64::new(Units::NONE.pack()))
    }

    /// Fills the share. Only for whoever the share belongs to, and only while it is empty (or nobody is inside yet).
    pub(crate) fn put(&self, units: Units) {
        self.0.store(units.pack(), Ordering::Relaxed);
    }

    /// How many units are left, as seen from afar.
    pub(crate) fn left(&self) -> u32 {
        Units::unpack(self.0.load(Ordering::Relaxed)).len()
    }

    /// Takes units from the front; `count` says how many of the given number, which is at least 1.
    pub(crate) fn take(&self, mut count: impl FnMut(u32) -> u32) -> Option<Units> {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let units = Units::unpack(word);
            if units.len() == 0 {
                return None;
            }
            let middle = units.begin + count(units.len()).clamp(1, units.len());
            let rest = Units { begin: middle, ..units };
            match self.0.compare_exchange_weak(
                word,
                rest.pack(),
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(Units { end: middle, ..units }),
                Err(now) => word = now,
            }
        }
    }

    /// Takes the back half, rounded up, but leaves at least `keep` units.
    pub(crate) fn steal(&self, keep: u32) -> Option<Units> {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let units = Units::unpack(word);
            let count = units.len().div_ceil(2).min(units.len().saturating_sub(keep));
            if count == 0 {
                return None;
            }
            let middle = units.end - count;
            let rest = Units { end: middle, ..units };
            match self.0.compare_exchange_weak(
                word,
                rest.pack(),
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(Units { begin: middle, ..units }),
                Err(now) => word = now,
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn takes_from_the_front_and_steals_from_the_back() {
        let share = Share::new();
        assert_eq!(share.take(|_| 1), None);
        assert_eq!(share.steal(0), None);
        share.put(Units { begin: 10, end: u32::MAX });
        assert_eq!(
            share.take(|left| if left == u32::MAX - 10 { 5 } else { 0 }),
            Some(Units { begin: 10, end: 15 })
        );
        share.put(Units { begin: 10, end: 15 });
        assert_eq!(share.steal(0), Some(Units { begin: 12, end: 15 }));
        assert_eq!(share.steal(1), Some(Units { begin: 11, end: 12 }));
        assert_eq!(share.steal(1), None);
        assert_eq!(share.left(), 1);
        assert_eq!(share.take(|_| 100), Some(Units { begin: 10, end: 11 }));
        assert_eq!(share.left(), 0);
    }
}
