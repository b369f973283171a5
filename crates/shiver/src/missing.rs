//! What may have been meant by a symbol that nothing defines.

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

use object::read::elf::ElfFile64;
use object::{Object, ObjectSymbol};

use crate::library::Library;
use crate::symbols;

/// How the names of well-known libraries begin, and what the libraries are called.
const PREFIXES: [(&str, &str); 6] = [
    ("gsl_", "gsl"),
    ("cblas_", "openblas"),
    ("LAPACKE_", "lapacke"),
    ("fftw_", "fftw3"),
    ("fftwf_", "fftw3f"),
    ("mpfr_", "mpfr"),
];

/// Says of a symbol what it is in C++, and which names there are that look like it, or which library has
/// such names; nothing where there is nothing to say.
pub(crate) fn hint(symbol: &str, libraries: &[Library]) -> Option<String> {
    // Of GCC's: filling it in asks the CPU some ten things, for which every import would pay.
    if symbol == "__cpu_model" || symbol == "__cpu_features2" {
        return Some(
            "__builtin_cpu_supports is not needed here: a body is compiled for the CPU that runs it, so \
             #ifdef __AVX2__ tells"
                .to_owned(),
        );
    }
    if let Some(name) = demangled(symbol) {
        return Some(format!(
            "{symbol} is {name} in C++: if C defines it, declare it extern \"C\""
        ));
    }
    let near = nearest(symbol, &names(libraries));
    if !near.is_empty() {
        return Some(format!("there is {}", near.join(", ")));
    }
    let (_, library) = PREFIXES.iter().find(|(prefix, _)| symbol.starts_with(prefix))?;
    Some(format!("names like it are those of libraries=[\"{library}\"]"))
}

/// The declaration for which a C++ compiler makes this symbol.
fn demangled(symbol: &str) -> Option<String> {
    unsafe extern "C" {
        // Of the C++ library that is linked in; the buffer may be null, and is `malloc`'s then.
        fn __cxa_demangle(
            name: *const c_char,
            buffer: *mut c_char,
            length: *mut usize,
            status: *mut c_int,
        ) -> *mut c_char;
    }
    if !symbol.starts_with("_Z") {
        return None;
    }
    let symbol = CString::new(symbol).ok()?;
    let mut status = 0;
    // SAFETY: the name is terminated; what comes back is null or a terminated text that is ours to free.
    unsafe {
        let text = __cxa_demangle(symbol.as_ptr(), ptr::null_mut(), ptr::null_mut(), &mut status);
        if text.is_null() {
            return None;
        }
        let name = CStr::from_ptr(text).to_string_lossy().into_owned();
        libc::free(text.cast());
        Some(name)
    }
}

/// All names that can be found: the user's, those of the libraries that were named, and C's.
fn names(libraries: &[Library]) -> Vec<String> {
    let system = [c"libm.so.6", c"libc.so.6"].into_iter().filter_map(Library::loaded);
    let mut names = symbols::given();
    for library in libraries.iter().copied().chain(system) {
        names.extend(exported(library));
    }
    names
}

/// The names that a library defines, as far as its file can be read.
fn exported(library: Library) -> Vec<String> {
    let Some(data) = library.path().and_then(|path| std::fs::read(path).ok()) else {
        return vec![];
    };
    let Ok(file) = ElfFile64::<object::Endianness>::parse(&*data) else { return vec![] };
    let defined = file.dynamic_symbols().filter(|symbol| symbol.is_definition());
    defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned)).collect()
}

/// The few that are nearest, if they are near enough to be a slip of the pen.
fn nearest(wanted: &str, names: &[String]) -> Vec<String> {
    let most = (wanted.len() / 4).clamp(1, 3);
    let near = |name: &String| {
        // What begins with an underscore is a library's own, unless it was asked for.
        let private = name.starts_with('_') && !wanted.starts_with('_');
        let distance = distance(wanted, name, most)?;
        (!private && distance < name.len()).then_some((distance, name.clone()))
    };
    let mut found: Vec<_> = names.iter().filter_map(near).collect();
    found.sort();
    found.dedup();
    found.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How many letters must be changed, left out, put in or swapped with the next; `None` for more than
/// `most`.
fn distance(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    // Of the part of `a` so far to each part of `b`, and the same for the two parts of `a` before.
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let (mut last, mut before_last) = (row.clone(), row.clone());
    for i in 0..a.len() {
        (before_last, last, row) = (last, row, before_last);
        row[0] = i + 1;
        for j in 0..b.len() {
            let changed = last[j] + usize::from(a[i] != b[j]);
            row[j + 1] = changed.min(row[j] + 1).min(last[j + 1] + 1);
            if i > 0 && j > 0 && (a[i], a[i - 1]) == (b[j - 1], b[j]) {
                row[j + 1] = row[j + 1].min(before_last[j - 1] + 1);
            }
        }
    }
    Some(row[b.len()]).filter(|&distance| distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by its definition.
    fn slow_distance(a: &[u8], b: &[u8]) -> usize {
        match (a, b) {
            ([], rest) | (rest, []) => rest.len(),
            ([x, a_rest @ ..], [y, b_rest @ ..]) => {
                let changed = slow_distance(a_rest, b_rest) + usize::from(x != y);
                let shifted = slow_distance(a, b_rest).min(slow_distance(a_rest, b)) + 1;
                let swapped = match (a, b) {
                    ([x, y, a_rest @ ..], [z, w, b_rest @ ..]) if (x, y) == (w, z) => {
                        slow_distance(a_rest, b_rest) + 1
                    }
                    _ => usize::MAX,
                };
                changed.min(shifted).min(swapped)
            }
        }
    }

    proptest! {
        #[test]
        fn the_distance_is_that_of_its_definition(a in "[ab]{0,6}", b in "[abc]{0,6}", most in 0usize..4) {
            let slow = slow_distance(a.as_bytes(), b.as_bytes());
            prop_assert_eq!(distance(&a, &b, most), (slow <= most).then_some(slow));
        }
    }

    #[test]
    fn names_of_the_c_library_that_look_alike_are_found() {
        let hint = hint("qosrt", &[]).unwrap();
        assert!(hint.contains("qsort"), "{hint}");
        assert_eq!(super::hint("nothing_looks_like_this_name", &[]), None);
        let hint = super::hint("gsl_sf_bessel_J0", &[]).unwrap();
        assert!(hint.contains("libraries=[\"gsl\"]"), "{hint}");
    }

    #[test]
    fn a_symbol_of_c_plus_plus_is_told_as_it_is_written() {
        let hint = hint("_Z3addPKdi", &[]).unwrap();
        assert!(
            hint.contains("add(double const*, int)") && hint.contains("extern \"C\""),
            "{hint}"
        );
        assert_eq!(demangled("add"), None);
        assert_eq!(demangled("_Z"), None);
    }
}
