//! Names: those that a loaded object defines, and those that this process offers.

use std::ffi::{CStr, CString};
use std::ptr;
use std::sync::OnceLock;

/// One name that a loaded object defines.
#[derive(Debug)]
pub(crate) struct Entry {
    name: Box<str>,
    /// Local names come after global ones of the same spelling.
    local: bool,
    address: usize,
}

/// The names that a loaded object defines, sorted.
#[derive(Debug, Default)]
pub(crate) struct Table {
    entries: Box<[Entry]>,
}

impl Table {
    /// A table of (name, local?, address).
    pub(crate) fn new<'a>(names: impl Iterator<Item = (&'a str, bool, usize)>) -> Table {
        let mut entries: Box<[Entry]> = names
            .map(|(name, local, address)| Entry { name: name.into(), local, address })
            .collect();
        // Stable: of several local symbols of one name the first in the object is found.
        entries.sort_by(|a, b| a.name.cmp(&b.name).then(a.local.cmp(&b.local)));
        Table { entries }
    }

    /// The address of `name`: the global symbol's, else that of the first local one.
    pub(crate) fn address(&self, name: &str) -> Option<usize> {
        let first = self.entries.partition_point(|entry| *entry.name < *name);
        self.entries.get(first).filter(|entry| *entry.name == *name).map(|entry| entry.address)
    }

    /// The names that are not local, sorted, with their addresses.
    pub(crate) fn global(&self) -> impl Iterator<Item = (&str, usize)> {
        self.entries.iter().filter(|entry| !entry.local).map(|entry| (&*entry.name, entry.address))
    }
}

/// The libraries that compiled code calls whether or not this program is linked with them: C's mathematics, and the
/// compiler's own routines (complex products, 128-bit division, conversions of half precision).
const LIBRARIES: [&CStr; 2] = [c"libm.so.6", c"libgcc_s.so.1"];

/// The address of a function or object that this process offers by name, as the dynamic linker would find it: in the
/// program and its libraries first, then in libm and libgcc, which are opened once when they are first asked for.
///
/// `None` also for names whose address is null. Functions that the C library only has in its static part (`atexit`)
/// cannot be found this way.
pub fn process_symbol(name: &str) -> Option<usize> {
    static HANDLES: OnceLock<[usize; LIBRARIES.len()]> = OnceLock::new();
    let name = CString::new(name).ok()?;
    // SAFETY: RTLD_DEFAULT is always valid, and `name` is terminated and lives through the call.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if !address.is_null() {
        return Some(address.expose_provenance());
    }
    let handles = HANDLES.get_or_init(|| {
        LIBRARIES.map(|library| {
            // SAFETY: opens a system library by its terminated name; its initialisers are those of libm and libgcc_s,
            // which do nothing that this process would notice. RTLD_LOCAL changes no one else's look-ups. The handle
            // is never closed, so addresses found through it stay valid.
            unsafe { libc::dlopen(library.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) }
                .expose_provenance()
        })
    });
    handles.iter().filter(|&&handle| handle != 0).find_map(|&handle| {
        // SAFETY: `handle` came from dlopen, is not null and never closed; `name` is terminated.
        let address =
            unsafe { libc::dlsym(ptr::with_exposed_provenance_mut(handle), name.as_ptr()) };
        (!address.is_null()).then(|| address.expose_provenance())
    })
}
