//! One worker's share of a loop: a range of units in one word.

use crate::sync::{AtomicU64, Ordering};

/// A range of units, `begin..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Units {
    pub(crate) begin: u32,
    pub(crate) end: u32,
}

impl Units {
    pub(crate) const NONE: Units = Units { begin: 0, end: 0 };

    pub(crate) fn len(self) -> u32 {
        self.end - self.begin
    }
}

/// Which loop a share's word belongs to: the low bits of the slot's epoch, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(u16);

impl Tag {
    /// No loop's.
    const NONE: Tag = Tag(0);

    pub(crate) fn of(epoch: u32) -> Tag {
        Tag(epoch as u16)
    }

    /// Whether a loop of that epoch has none, and shares of 65,535 loops ago would look like those of the next one.
    pub(crate) fn is_used_up(epoch: u32) -> bool {
        Tag::of(epoch) == Tag::NONE
    }
}

/// The word: [`Units`] that nobody has taken yet, and the [`Tag`] of the loop that they are of.
///
/// The word is all there is to know about a share, so a compare-and-swap that finds the value it expects is right even
/// if the word was something else in between. And since a unit's number says what the unit is and nothing is published
/// through the word, every access is relaxed: what the loop wrote reaches the caller through [`Gate`](crate::gate).
///
/// A word with the tag of another loop is one that nobody has touched in this one: it stands for the worker's whole
/// part, which `whole` computes. So a caller deals a loop out without writing to lines that its workers have.
#[derive(Debug)]
pub(crate) struct Share(AtomicU64);

impl Share {
    const UNIT_BITS: u32 = 24;
    const UNIT_MASK: u64 = (1 << Self::UNIT_BITS) - 1;
    const END_SHIFT: u32 = Self::UNIT_BITS;
    const TAG_SHIFT: u32 = 2 * Self::UNIT_BITS;

    /// The most units that a loop can have.
    pub(crate) const MOST_UNITS: u64 = Self::UNIT_MASK;

    pub(crate) fn new() -> Share {
        Share(AtomicU64::new(Self::pack(Tag::NONE, Units::NONE)))
    }

    fn pack(tag: Tag, units: Units) -> u64 {
        u64::from(tag.0) << Self::TAG_SHIFT
            | u64::from(units.end) << Self::END_SHIFT
            | u64::from(units.begin)
    }

    fn unpack(word: u64, tag: Tag, whole: &impl Fn() -> Units) -> Units {
        if (word >> Self::TAG_SHIFT) as u16 != tag.0 {
            return whole();
        }
        Units {
            begin: (word & Self::UNIT_MASK) as u32,
            end: (word >> Self::END_SHIFT & Self::UNIT_MASK) as u32,
        }
    }

    /// Fills the share. Only for whoever the share belongs to, and only while it is empty.
    pub(crate) fn put(&self, tag: Tag, units: Units) {
        self.0.store(Self::pack(tag, units), Ordering::Relaxed);
    }

    /// Makes it belong to no loop. Only while nobody is inside.
    pub(crate) fn forget(&self) {
        self.put(Tag::NONE, Units::NONE);
    }

    /// How many units are left, as seen from afar.
    pub(crate) fn left(&self, tag: Tag, whole: &impl Fn() -> Units) -> u32 {
        Self::unpack(self.0.load(Ordering::Relaxed), tag, whole).len()
    }

    /// Takes units from the front; `count` says how many of the given number, which is at least 1.
    pub(crate) fn take(
        &self,
        tag: Tag,
        whole: &impl Fn() -> Units,
        mut count: impl FnMut(u32) -> u32,
    ) -> Option<Units> {
        self.remove(tag, whole, |units| {
            let middle = units.begin + count(units.len()).clamp(1, units.len());
            (Units { end: middle, ..units }, Units { begin: middle, ..units })
        })
    }

    /// Takes the back half, rounded up, but leaves at least `keep` units.
    pub(crate) fn steal(&self, tag: Tag, whole: &impl Fn() -> Units, keep: u32) -> Option<Units> {
        self.remove(tag, whole, |units| {
            let count = units.len().div_ceil(2).min(units.len().saturating_sub(keep));
            let middle = units.end - count;
            (Units { begin: middle, ..units }, Units { end: middle, ..units })
        })
    }

    /// Parts the units, at least one, into those that are taken and those that stay; `None` if none are taken.
    fn remove(
        &self,
        tag: Tag,
        whole: &impl Fn() -> Units,
        mut part: impl FnMut(Units) -> (Units, Units),
    ) -> Option<Units> {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let units = Self::unpack(word, tag, whole);
            if units.len() == 0 {
                return None;
            }
            let (taken, rest) = part(units);
            if taken.len() == 0 {
                return None;
            }
            match self.0.compare_exchange_weak(
                word,
                Self::pack(tag, rest),
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return Some(taken),
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
        let (share, tag) = (Share::new(), Tag::of(u32::MAX));
        let none = || Units::NONE;
        assert_eq!(share.take(tag, &none, |_| 1), None);
        assert_eq!(share.steal(tag, &none, 0), None);
        let most = Share::MOST_UNITS as u32;
        share.put(tag, Units { begin: 10, end: most });
        assert_eq!(
            share.take(tag, &none, |left| if left == most - 10 { 5 } else { 0 }),
            Some(Units { begin: 10, end: 15 })
        );
        share.put(tag, Units { begin: 10, end: 15 });
        assert_eq!(share.steal(tag, &none, 0), Some(Units { begin: 12, end: 15 }));
        assert_eq!(share.steal(tag, &none, 1), Some(Units { begin: 11, end: 12 }));
        assert_eq!(share.steal(tag, &none, 1), None);
        assert_eq!(share.left(tag, &none), 1);
        assert_eq!(share.take(tag, &none, |_| 100), Some(Units { begin: 10, end: 11 }));
        assert_eq!(share.left(tag, &none), 0);
    }

    #[test]
    fn a_word_of_another_loop_is_the_whole_part() {
        let share = Share::new();
        let whole = || Units { begin: 4, end: 8 };
        for epoch in [1, 2, 0x1_0001, 0xffff] {
            let tag = Tag::of(epoch);
            assert!(!Tag::is_used_up(epoch));
            assert_eq!(share.left(tag, &whole), 4);
            assert_eq!(share.steal(tag, &whole, 0), Some(Units { begin: 6, end: 8 }));
            assert_eq!(share.take(tag, &whole, |_| 1), Some(Units { begin: 4, end: 5 }));
            assert_eq!(share.left(tag, &whole), 1);
            share.forget();
        }
        assert!(Tag::is_used_up(0x2_0000));
    }
}
