//! A short list that touches the heap only beyond four entries: what a loop nest has one of per index.

use std::ops::{Deref, DerefMut};

/// How many entries are kept in place. Nests deeper than this are rare enough to pay for an allocation per call.
const IN_PLACE: usize = 4;

/// A list with one entry per index of an iteration space.
#[derive(Clone, Debug)]
pub(crate) enum Few<T> {
    /// Up to [`IN_PLACE`] entries; the second field says how many of the array count.
    Here([T; IN_PLACE], u8),
    /// More than that.
    There(Vec<T>),
}

impl<T: Copy> Few<T> {
    /// `len` times the same entry.
    pub(crate) fn filled(entry: T, len: usize) -> Self {
        if len <= IN_PLACE {
            Few::Here([entry; IN_PLACE], len as u8)
        } else {
            Few::There(vec![entry; len])
        }
    }

    /// The entries of an iterator; `spare` fills the places that are not used.
    pub(crate) fn collect(entries: impl IntoIterator<Item = T>, spare: T) -> Self {
        let mut here = [spare; IN_PLACE];
        let mut len = 0;
        let mut entries = entries.into_iter();
        while let Some(entry) = entries.next() {
            if len == IN_PLACE {
                let mut there = here.to_vec();
                there.push(entry);
                there.extend(entries);
                return Few::There(there);
            }
            here[len] = entry;
            len += 1;
        }
        Few::Here(here, len as u8)
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Few::Here(entries, len) => &entries[..usize::from(*len)],
            Few::There(entries) => entries,
        }
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Few::Here(entries, len) => &mut entries[..usize::from(*len)],
            Few::There(entries) => entries,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn keeps_what_it_is_given() {
        for len in 0..9_usize {
            let list = Few::collect(0..len, 99);
            assert_eq!(&*list, (0..len).collect::<Vec<_>>());
            assert_eq!(&*Few::filled(7, len), vec![7; len]);
        }
    }
}
