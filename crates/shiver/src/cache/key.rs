//! The hash of all that an entry is made of.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::build;

/// The name of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    /// 64 hexadecimal digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Collects the parts of a key. Each part goes in with its length, so that no two lists of parts give
/// the same bytes.
pub(crate) struct Recipe(Sha256);

impl Recipe {
    /// For entries of that kind, made by this build of Shiver.
    pub(crate) fn new(kind: &str) -> Recipe {
        Recipe(Sha256::new()).part(kind).part(build::identity())
    }

    pub(crate) fn part(mut self, part: impl AsRef<[u8]>) -> Recipe {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    pub(crate) fn finish(self) -> Key {
        Key(hex(&self.0.finalize()))
    }
}

/// The hash of some bytes, one piece after the other, in hexadecimal digits.
pub(crate) fn hash(pieces: &[&[u8]]) -> String {
    hex(&pieces.iter().fold(Sha256::new(), |hash, piece| hash.chain_update(piece)).finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_in_every_part_and_in_where_parts_end() {
        let key = |kind: &str, parts: &[&str]| {
            parts.iter().fold(Recipe::new(kind), |recipe, part| recipe.part(part)).finish()
        };
        let keys = [
            key("a", &["bc"]),
            key("ab", &["c"]),
            key("a", &["b", "c"]),
            key("a", &["bc", ""]),
            key("a", &["bd"]),
        ];
        for (k, one) in keys.iter().enumerate() {
            assert_eq!(one.as_str().len(), 64);
            assert!(keys[k + 1..].iter().all(|other| other != one));
        }
        assert_eq!(key("a", &["bc"]), keys[0]);
    }
}
