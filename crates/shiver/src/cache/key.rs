//! The hash of all that an entry is made of.

use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

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
        Recipe(Sha256::new()).part(kind).part(build())
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

/// The hash of some bytes, in hexadecimal digits.
pub(crate) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes everything");
        text
    })
}

/// What tells this build of Shiver, clang, LLVM and the mathematical functions that compiled code
/// calls from any other: versions, and size and time of the file that all of them were linked into.
fn build() -> &'static [u8] {
    static BUILD: OnceLock<Vec<u8>> = OnceLock::new();
    BUILD.get_or_init(|| {
        let mut identity = format!(
            "{} {} {:016x}",
            env!("CARGO_PKG_VERSION"),
            crate::LLVM_VERSION,
            shiver_math::IDENTITY
        );
        if let Some(file) = this_file()
            && let Ok(metadata) = std::fs::metadata(&file)
        {
            use std::os::unix::fs::MetadataExt;
            let (seconds, nanos) = (metadata.mtime(), metadata.mtime_nsec());
            write!(identity, " {} {seconds} {nanos}", metadata.size()).expect("as above");
        }
        identity.into_bytes()
    })
}

/// The library or program that this code is in.
fn this_file() -> Option<PathBuf> {
    // SAFETY: `dladdr` fills the structure where it returns a number other than 0; the name lives as
    // long as the library, and is copied.
    unsafe {
        let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
        if libc::dladdr(build as *const libc::c_void, info.as_mut_ptr()) == 0 {
            return None;
        }
        let name = info.assume_init().dli_fname;
        if name.is_null() {
            return None;
        }
        let name = std::ffi::CStr::from_ptr(name);
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(name.to_bytes())))
    }
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

    #[test]
    fn the_file_that_holds_this_code_is_known() {
        assert!(this_file().unwrap().exists());
    }
}
