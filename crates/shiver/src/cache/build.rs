//! What tells this build from any other.
//!
//! An entry made by another build of Shiver, clang, LLVM or the mathematical functions that compiled
//! code calls must not be found: it may differ in every way. All of them were linked into one file, and
//! linkers put a hash of what they write into it, the *build identifier*. It is read where it lies in
//! memory. Where there is none, the file's size and time must do.

use std::ffi::{c_int, c_void};
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Bytes that differ for different builds.
pub(super) fn identity() -> &'static [u8] {
    static IDENTITY: OnceLock<Vec<u8>> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let image = Image::of(identity as *const c_void);
        describe(env!("CARGO_PKG_VERSION"), crate::LLVM_VERSION, shiver_math::IDENTITY, &image)
    })
}

fn describe(version: &str, llvm: &str, mathematics: u64, image: &Image) -> Vec<u8> {
    format!("{version} {llvm} {mathematics:016x} {image:?}").into_bytes()
}

/// A library or program in memory. Its debug form says all of it, and has no meaning but to be distinct.
#[derive(Debug, PartialEq, Eq)]
enum Image {
    /// The linker's hash of it, in hexadecimal digits.
    Identified(String),
    /// The file it came from: bytes, and seconds and nanoseconds of the last change.
    File(u64, i64, i64),
    /// Nothing is known.
    Unknown,
}

impl Image {
    /// The one that an address lies in.
    fn of(address: *const c_void) -> Image {
        if let Some(identifier) = build_identifier(address.addr()) {
            return Image::Identified(identifier);
        }
        use std::os::unix::fs::MetadataExt;
        let metadata = file_of(address).and_then(|file| std::fs::metadata(file).ok());
        metadata.map_or(Image::Unknown, |m| Image::File(m.size(), m.mtime(), m.mtime_nsec()))
    }
}

/// The build identifier of what an address lies in.
fn build_identifier(address: usize) -> Option<String> {
    let mut search = Search { address, found: None };
    // SAFETY: the function is one that `dl_iterate_phdr` may call, and the search outlives the call.
    unsafe { libc::dl_iterate_phdr(Some(look_at), (&raw mut search).cast()) };
    search.found
}

struct Search {
    address: usize,
    found: Option<String>,
}

/// Called for each library and the program; a number other than 0 ends the search.
///
/// # Safety
///
/// `info` describes a loaded object, whose segments stay in place during the call, and `search` is a
/// [`Search`].
unsafe extern "C" fn look_at(
    info: *mut libc::dl_phdr_info,
    _size: usize,
    search: *mut c_void,
) -> c_int {
    // SAFETY: as the caller promises: the headers are a table of that length, and the segments that
    // they tell of are mapped at that distance from the object's base.
    unsafe {
        let (info, search) = (&*info, &mut *search.cast::<Search>());
        let base = info.dlpi_addr as usize;
        let headers = std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into());
        let range = |header: &libc::Elf64_Phdr| {
            let start = base.wrapping_add(header.p_vaddr as usize);
            (start, header.p_memsz as usize)
        };
        let holds = |header: &&libc::Elf64_Phdr| {
            let (start, length) = range(header);
            header.p_type == libc::PT_LOAD && search.address.wrapping_sub(start) < length
        };
        if !headers.iter().any(|header| holds(&header)) {
            return 0;
        }
        for header in headers.iter().filter(|header| header.p_type == libc::PT_NOTE) {
            let (start, length) = range(header);
            let notes =
                std::slice::from_raw_parts(std::ptr::with_exposed_provenance(start), length);
            if let Some(identifier) = identifier_in(notes) {
                search.found = Some(identifier);
                break;
            }
        }
        1
    }
}

/// The build identifier among notes: each has the lengths of its name and its content, a type, the name
/// and the content, both padded to 4 bytes.
fn identifier_in(mut notes: &[u8]) -> Option<String> {
    const BUILD_IDENTIFIER: u32 = 3;
    loop {
        let (head, rest) = notes.split_at_checked(12)?;
        let word = |k: usize| u32::from_le_bytes(head[k..k + 4].try_into().expect("4 bytes"));
        let (name, content, kind) = (word(0) as usize, word(4) as usize, word(8));
        let (name, rest) = (rest.get(..name)?, rest.get(name.next_multiple_of(4)..)?);
        let text = rest.get(..content)?;
        if kind == BUILD_IDENTIFIER && name == b"GNU\0" && !text.is_empty() {
            return Some(text.iter().fold(String::new(), |mut digits, byte| {
                write!(digits, "{byte:02x}").expect("a string takes everything");
                digits
            }));
        }
        notes = rest.get(content.next_multiple_of(4)..)?;
    }
}

/// The file of the library or program that an address lies in.
fn file_of(address: *const c_void) -> Option<PathBuf> {
    // SAFETY: `dladdr` fills the structure where it returns a number other than 0; the name lives as
    // long as the library, and is copied.
    unsafe {
        let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
        if libc::dladdr(address, info.as_mut_ptr()) == 0 {
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
    fn every_part_counts() {
        let image = |digits: &str| Image::Identified(digits.to_owned());
        let builds = [
            describe("1.0.0", "22.1.8", 5, &image("ab")),
            describe("1.0.1", "22.1.8", 5, &image("ab")),
            describe("1.0.0", "22.1.9", 5, &image("ab")),
            describe("1.0.0", "22.1.8", 6, &image("ab")),
            describe("1.0.0", "22.1.8", 5, &image("ac")),
            describe("1.0.0", "22.1.8", 5, &Image::File(1, 2, 3)),
            describe("1.0.0", "22.1.8", 5, &Image::File(2, 2, 3)),
            describe("1.0.0", "22.1.8", 5, &Image::File(1, 3, 3)),
            describe("1.0.0", "22.1.8", 5, &Image::File(1, 2, 4)),
            describe("1.0.0", "22.1.8", 5, &Image::Unknown),
        ];
        for (k, one) in builds.iter().enumerate() {
            assert!(builds[k + 1..].iter().all(|other| other != one), "{k}");
        }
        assert_eq!(describe("1.0.0", "22.1.8", 5, &image("ab")), builds[0]);
        let own = String::from_utf8(identity().to_vec()).unwrap();
        for part in [env!("CARGO_PKG_VERSION"), crate::LLVM_VERSION] {
            assert!(own.contains(part), "{own}");
        }
        assert!(own.contains(&format!("{:016x}", shiver_math::IDENTITY)), "{own}");
        assert!(!own.ends_with("Unknown"), "{own}");
    }

    #[test]
    fn this_program_is_identified_and_libc_is_another() {
        let own = Image::of(identity as *const c_void);
        assert_ne!(own, Image::of(libc::getpid as *const c_void));
        let file = file_of(identity as *const c_void).unwrap();
        assert_eq!(file.canonicalize().unwrap(), std::env::current_exe().unwrap());
        // The linker that is used here gives identifiers.
        let Image::Identified(digits) = own else { panic!("{own:?}") };
        let bytes: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|k| u8::from_str_radix(&digits[k..k + 2], 16).unwrap())
            .collect();
        let head = &std::fs::read(file).unwrap()[..4096];
        assert!(head.windows(bytes.len()).any(|window| window == bytes), "it is in the file");
        let nowhere = Image::of(std::ptr::without_provenance(8));
        assert_eq!(nowhere, Image::Unknown);
    }

    #[test]
    fn notes_are_read_and_damaged_ones_are_none() {
        let note = |name: &[u8], kind: u32, content: &[u8]| {
            let mut bytes = Vec::new();
            for word in [name.len() as u32, content.len() as u32, kind] {
                bytes.extend(word.to_le_bytes());
            }
            for part in [name, content] {
                bytes.extend(part);
                bytes.resize(bytes.len().next_multiple_of(4), 0);
            }
            bytes
        };
        let notes = [
            note(b"GNU\0", 1, b"not this"),
            note(b"Other\0", 3, b"nor this"),
            note(b"GNU\0", 3, &[0xab, 1, 2, 3, 4]),
        ]
        .concat();
        assert_eq!(identifier_in(&notes).as_deref(), Some("ab01020304"));
        for end in 0..notes.len() - 3 {
            assert_eq!(identifier_in(&notes[..end]), None, "{end}");
        }
        assert_eq!(identifier_in(&[0xff; 40]), None);
    }
}
