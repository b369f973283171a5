//! What compiled code may call.
//!
//! A symbol that a body uses and does not define is looked for in this order: symbols given by the
//! user, by address or by a module made for linking; printing functions, whose text goes to the loop's
//! caller, those that report a failure, and what C++ and atomic access need; the mathematical functions
//! that stand for C's, under names that no source can have; the libraries named when the function was
//! made; libc, libm and whatever else the process has loaded; and last what compilers expect to be linked
//! into every program.

use std::collections::HashMap;
use std::ffi::{c_char, c_int, c_void};
use std::sync::{PoisonError, RwLock};

use shiver_codegen::{FAIL_SYMBOL, LOCATE_SYMBOL, RAISE_SYMBOL};

use crate::library::Library;
use crate::{atomics, builtins, failure, fork, output};

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

/// The names that the user has given a function under, and that a function of C's mathematics has too.
/// Sorted.
pub(crate) fn own_functions() -> Vec<String> {
    let given = GIVEN.read().unwrap_or_else(PoisonError::into_inner);
    let names = given.iter().flat_map(HashMap::keys);
    let mut names: Vec<_> =
        names.filter(|name| shiver_codegen::is_function_of_numbers(name)).cloned().collect();
    names.sort();
    names
}

/// The address of what a name stands for.
pub(crate) fn resolve(name: &str, libraries: &[Library]) -> Option<usize> {
    let given = || {
        let given = GIVEN.read().unwrap_or_else(PoisonError::into_inner);
        given.as_ref().and_then(|symbols| symbols.get(name).copied())
    };
    given()
        .or_else(|| printing(name))
        // The process may have others of these. Those who share a memory have to use the same.
        .or_else(|| builtins::cxx(name).or_else(|| atomics::function(name)))
        .or_else(|| shiver_math::address(name))
        .or_else(|| libraries.iter().find_map(|library| library.symbol(name)))
        .or_else(|| shiver_loader::process_symbol(name))
        .or_else(|| builtins::address(name))
}

/// The names that the user gave.
pub(crate) fn given() -> Vec<String> {
    let given = GIVEN.read().unwrap_or_else(PoisonError::into_inner);
    given.iter().flat_map(|symbols| symbols.keys().cloned()).collect()
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

/// What writes where the loop's caller wants it.
fn printing(name: &str) -> Option<usize> {
    let function: unsafe extern "C" fn() = match name {
        "printf" => shiver_printf,
        "vprintf" => shiver_vprintf,
        "fprintf" => shiver_fprintf,
        "vfprintf" => shiver_vfprintf,
        "putchar" | "putchar_unlocked" => shiver_putchar,
        "fputc" | "putc" | "fputc_unlocked" | "putc_unlocked" => shiver_fputc,
        "puts" => shiver_puts,
        "fputs" | "fputs_unlocked" => shiver_fputs,
        "fwrite" | "fwrite_unlocked" => shiver_fwrite,
        "fflush" | "fflush_unlocked" => shiver_fflush,
        FAIL_SYMBOL => return Some(failure::fail as *const () as usize),
        RAISE_SYMBOL => return Some(failure::raise as *const () as usize),
        LOCATE_SYMBOL => return Some(failure::locate as *const () as usize),
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
        // SAFETY: as above.
        unsafe { add_symbol("vprintf", 43) };
        assert_eq!(resolve("vprintf", &[]), Some(43));
    }
}
