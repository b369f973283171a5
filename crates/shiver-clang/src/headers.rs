//! Headers: those inside the program, and where others are looked for.
//!
//! The order is: the user's folders, ours for C++, ours for C, clang's own. A folder that holds a
//! whole C library, such as `/usr/include`, takes the place of ours for C, and is searched after
//! clang's as the `clang` command does: two C libraries do not mix.

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::diagnostic::{Diagnostic, Severity};
use crate::options::Language;
use crate::shim::{File, FolderKind};

/// Where our C headers are for clang. No real path begins so.
const C: &str = "/<shiver>/include/c";
/// Where our C++ headers are.
const CXX: &str = "/<shiver>/include/c++";
/// Where clang's own headers are.
const CLANG: &str = "/<shiver>/include/clang";

/// All headers, each followed by a NUL: written by the build script.
static BLOB: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/headers.bin"));
/// Path, start and length of each, sorted by path.
static TABLE: &[(&CStr, usize, usize)] = include!(concat!(env!("OUT_DIR"), "/headers.rs"));

/// The table in the form that the shim takes.
pub(crate) fn files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        // No byte is looked at: a process that compiles its first source would read in all headers.
        let file = |&(path, start, length): &(&'static CStr, usize, usize)| {
            // SAFETY: the build script puts a NUL behind each header, as a test checks.
            unsafe { File::new(path, &BLOB[start..start + length]) }
        };
        TABLE.iter().map(file).collect()
    })
}

/// The names under which a source may include a header of ours or of clang's.
///
/// ```
/// assert!(shiver_clang::headers::names().any(|name| name == "immintrin.h"));
/// ```
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter_map(|(path, ..)| {
        let path = path.to_str().ok()?;
        let name =
            [C, CXX, CLANG].iter().find_map(|root| path.strip_prefix(root)?.strip_prefix('/'))?;
        // Underscores mark what only other headers include.
        (!name.starts_with('_')).then_some(name)
    })
}

/// The folders to search, in order.
pub(crate) fn folders(language: Language, user: &[PathBuf]) -> Vec<(CString, FolderKind)> {
    let (libraries, others): (Vec<&PathBuf>, Vec<&PathBuf>) =
        user.iter().partition(|folder| holds_c_library(folder));
    let mut folders = Vec::new();
    let mut add = |path: &Path, kind| {
        // A path with a NUL in it names nothing; `compile` has refused it already.
        folders.extend(CString::new(path.as_os_str().as_bytes()).ok().map(|path| (path, kind)));
    };
    for folder in others {
        add(folder, FolderKind::User);
    }
    if language == Language::Cxx17 {
        add(Path::new(CXX), FolderKind::System);
    }
    if libraries.is_empty() {
        add(Path::new(C), FolderKind::System);
    }
    add(Path::new(CLANG), FolderKind::System);
    for folder in libraries {
        // Debian keeps the part of the library that depends on the processor in a folder below.
        let part = folder.join("x86_64-linux-gnu");
        if part.join("bits").is_dir() {
            add(&part, FolderKind::System);
        }
        add(folder, FolderKind::System);
    }
    folders
}

/// Whether a folder is the root of a C library's headers: glibc and musl both have this file.
fn holds_c_library(folder: &Path) -> bool {
    folder.join("features.h").is_file() && folder.join("stdio.h").is_file()
}

/// What to say when a header was not found.
pub(crate) fn advice(name: &str) -> Diagnostic {
    let mut message = String::new();
    if let Some(near) = nearest(name) {
        message = format!("did you mean '{near}'? ");
    }
    message.push_str(
        "the system's headers are never searched; give include_dirs=[folder that holds it] for any \
         header that is not among ours",
    );
    Diagnostic::bare(Severity::Note, message)
}

/// The header of ours whose name is at most two letters away.
fn nearest(name: &str) -> Option<&'static str> {
    let distances = names().map(|known| (distance(name, known), known));
    let (least, known) = distances.min()?;
    (least <= 2 && 2 * least < name.len()).then_some(known)
}

/// Levenshtein's distance, in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("immintrn.h"), Some("immintrin.h"));
        assert_eq!(nearest("stdcool.h"), Some("stdbool.h"));
        assert_eq!(nearest("gsl/gsl_sf.h"), None);
        assert_eq!(nearest(""), None);
    }

    #[test]
    fn headers_are_sorted_as_the_shim_searches_them() {
        assert!(TABLE.is_sorted_by_key(|(path, ..)| path.to_bytes()));
        assert_eq!(files().len(), TABLE.len());
        for (path, start, length) in TABLE {
            let text = CStr::from_bytes_with_nul(&BLOB[*start..=start + length]);
            assert!(text.is_ok(), "{path:?} is text and ends where the table says");
        }
        assert!(names().all(|name| !name.contains("neon") && !name.contains("altivec")));
    }
}
