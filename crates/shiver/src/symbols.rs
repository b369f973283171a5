//! What compiled code may call.
//!
//! A symbol that a body uses and does not define is looked for in this order: printing functions,
//! whose text goes to the loop's caller, and what the C++ runtime needs; the mathematical functions
//! that stand for C's, under names that no source can have; symbols given by the user,
//! by address or by a module made for linking; the libraries named when the function was made; then
//! libc, libm and whatever else the process has loaded.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::{PoisonError, RwLock};

use crate::{Error, fork, output};

static GIVEN: RwLock<Option<HashMap<String, usize>>> = RwLock::new(None);

/// Makes `name` stand for `address` in all code that is loaded from now on, before any library.
///
/// # Safety
///
/// The address is that of a function or variable of the type that the code declares, and stays valid
/// for as long as any code that uses it.
pub unsafe fn add_symbol(name: &str, address: usize) {
    let _section = fork::section();
    let mut given = GIVEN.write().unwrap_or_else(PoisonError::into_inner);
    given.get_or_insert_default().insert(name.to_owned(), address);
}

/// A shared library, opened for the life of the process: code that was loaded may call it any time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library(*mut c_void);

// SAFETY: the handle is only given to `dlsym`, which any thread may call.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

impl Library {
    /// Opens a library by its path, its file name, or as the linker's `-l` would name it.
    pub(crate) fn open(name: &str) -> Result<Library, Error> {
        let candidates = [name.to_owned(), format!("lib{name}.so"), format!("lib{name}.so.6")];
        let mut first_message = None;
        for candidate in candidates {
            let Ok(candidate) = CString::new(candidate) else { continue };
            // SAFETY: the name is terminated; opening runs the library's constructors, which is what
            // the user asks for. `dlerror` gives this thread's last message.
            unsafe {
                let handle = libc::dlopen(candidate.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL);
                if !handle.is_null() {
                    return Ok(Library(handle));
                }
                let message = CStr::from_ptr(libc::dlerror()).to_string_lossy().into_owned();
                first_message.get_or_insert(message);
            }
        }
        let message = first_message.unwrap_or_else(|| "its name holds a NUL".to_owned());
        Err(Error::Library { name: name.to_owned(), message })
    }

    fn symbol(self, name: &str) -> Option<usize> {
        let name = CString::new(name).ok()?;
        // SAFETY: the handle is open and the name terminated.
        let address = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        (!address.is_null()).then_some(address as usize)
    }
}

/// The address of what a name stands for.
pub(crate) fn resolve(name: &str, libraries: &[Library]) -> Option<usize> {
    let given = || {
        let given = GIVEN.read().unwrap_or_else(PoisonError::into_inner);
        given.as_ref().and_then(|symbols| symbols.get(name).copied())
    };
    runtime(name)
        .or_else(|| shiver_math::address(name))
        .or_else(given)
        .or_else(|| libraries.iter().find_map(|library| library.symbol(name)))
        .or_else(|| shiver_loader::process_symbol(name))
}

unsafe extern "C" {
    fn shiver_printf();
    fn shiver_vprintf();
    fn shiver_fprintf();
    fn shiver_vfprintf();
    fn shiver_putchar();
    fn shiver_fputc();
    fn shiver_puts();
    fn shiver_fputs();
    fn shiver_fwrite();
    fn shiver_fflush();
}

/// What C++ bodies call besides: of the C++ library that is linked in, since the process may have
/// none. In the Itanium ABI's mangling, `m` is `size_t` and `Pv` is `void *`.
mod cxx {
    unsafe extern "C" {
        pub(super) fn __cxa_guard_acquire();
        pub(super) fn __cxa_guard_release();
        pub(super) fn __cxa_guard_abort();
        pub(super) fn __cxa_pure_virtual();
        #[link_name = "_Znwm"]
        pub(super) fn new();
        #[link_name = "_Znam"]
        pub(super) fn new_array();
        #[link_name = "_ZdlPv"]
        pub(super) fn delete();
        #[link_name = "_ZdaPv"]
        pub(super) fn delete_array();
        #[link_name = "_ZdlPvm"]
        pub(super) fn delete_sized();
        #[link_name = "_ZdaPvm"]
        pub(super) fn delete_array_sized();
    }
}

/// What this process defines itself.
fn runtime(name: &str) -> Option<usize> {
    let function: unsafe extern "C" fn() = match name {
        "printf" => shiver_printf,
        "vprintf" => shiver_vprintf,
        "fprintf" => shiver_fprintf,
        "vfprintf" => shiver_vfprintf,
        "putchar" => shiver_putchar,
        "fputc" | "putc" => shiver_fputc,
        "puts" => shiver_puts,
        "fputs" => shiver_fputs,
        "fwrite" => shiver_fwrite,
        "fflush" => shiver_fflush,
        "__cxa_guard_acquire" => cxx::__cxa_guard_acquire,
        "__cxa_guard_release" => cxx::__cxa_guard_release,
        "__cxa_guard_abort" => cxx::__cxa_guard_abort,
        "__cxa_pure_virtual" => cxx::__cxa_pure_virtual,
        "_Znwm" => cxx::new,
        "_Znam" => cxx::new_array,
        "_ZdlPv" => cxx::delete,
        "_ZdaPv" => cxx::delete_array,
        "_ZdlPvm" => cxx::delete_sized,
        "_ZdaPvm" => cxx::delete_array_sized,
        "__cxa_atexit" => return Some(ignore_destructor as *const () as usize),
        "__dso_handle" => return Some(&raw const DSO_HANDLE as usize),
        _ => return None,
    };
    output::connect();
    Some(function as *const () as usize)
}

/// C++ asks for destructors of variables to run at exit. The code may be gone by then, so they never
/// run.
extern "C" fn ignore_destructor(_: *mut c_void, _: *mut c_void, _: *mut c_void) -> c_int {
    0
}

/// What C++ hands to `__cxa_atexit` to say which library it is.
static DSO_HANDLE: c_char = 0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_of_symbols_is_asked_in_its_turn() {
        assert_eq!(resolve("printf", &[]), Some(shiver_printf as *const () as usize));
        assert_eq!(resolve("shiver_no_such_thing", &[]), None);
        let vector = "shiver.math.cos.f64x4.u10.fma";
        assert_eq!(resolve(vector, &[]), shiver_math::address(vector));
        assert_eq!(resolve("cos", &[]), shiver_loader::process_symbol("cos"));
        // SAFETY: nothing calls it.
        unsafe { add_symbol("shiver_test_symbol", 42) };
        assert_eq!(resolve("shiver_test_symbol", &[]), Some(42));
    }

    #[test]
    fn a_library_opens_by_its_short_name_or_says_why_not() {
        let library = Library::open("m").unwrap();
        assert!(library.symbol("cos").is_some());
        let Err(Error::Library { name, message }) = Library::open("no_such_library") else {
            panic!("opened");
        };
        assert_eq!(name, "no_such_library");
        assert!(message.contains("no_such_library"), "{message}");
    }
}
