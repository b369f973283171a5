//! Makes finished machine code run: takes the bytes of one ELF object, as a compiler writes them, and loads them into
//! this process.
//!
//! It is what a static linker and a dynamic linker do for a program, cut down to one object that comes from our own
//! compiler or from its cache. It knows nothing of LLVM, so a process that finds all its loops in the cache never starts
//! a compiler; nor of C, Python, threads or loops.
//!
//! The files, in the way of the bytes:
//!
//! * `object.rs` reads and checks the object: sections, symbols, relocations;
//! * `layout.rs` decides where each part goes;
//! * `memory.rs` maps the pages, first writable, then published, never writable and executable at once;
//! * `relocate.rs` finds the symbols, writes the sections and fills in the addresses;
//! * `x86_64.rs` knows the processor's relocations; another processor is another such file;
//! * `symbols.rs` holds the names, the object's and the process's;
//! * `error.rs` says what went wrong;
//! * `damage.rs` tests that damaged objects are survived.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let object = std::fs::read(std::env::current_exe()?)?;
//! match shiver_loader::load(&object, &shiver_loader::process_symbol) {
//!     Ok(code) => println!("loaded {} bytes", code.size()),
//!     // This program is an executable, not a relocatable object.
//!     Err(error) => assert_eq!(error.to_string(), "malformed object: not a relocatable object"),
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(test)]
mod damage;
mod error;
mod layout;
mod memory;
mod object;
mod relocate;
mod symbols;
mod x86_64;

use std::ffi::{c_char, c_int};
use std::ptr;
use std::sync::Arc;

pub use error::LoadError;
pub use symbols::process_symbol;

/// Machine code in memory. Dropping the last handle unmaps it.
///
/// Clones are handles to the same code. Whoever calls into it, or keeps an address into it, keeps a handle for as long.
///
/// No unwinding tables are registered for it: a backtrace ends at its functions, and an exception that reaches one ends
/// the process.
#[derive(Clone, Debug)]
pub struct Code {
    loaded: Arc<relocate::Loaded>,
}

/// Loads one relocatable ELF object for this processor and runs its constructors.
///
/// Each symbol that the object uses and does not define is looked up once with `resolve`, which gives an address that
/// must stay valid for as long as the code; [`process_symbol`] is the plain choice. A weak symbol that is not found is
/// null.
///
/// The constructors (`.init_array`, `.ctors`) run before this returns, on this thread, in the order that the linker
/// would give them. There is no counterpart at the end: `.fini_array` and destructors are ignored.
///
/// The bytes are checked, so that damage is an error and never a crash of the loader; what the code then does is as
/// trustworthy as where it came from, constructors included. Load what a compiler or a verified cache gave.
///
/// # Errors
/// [`LoadError`]; nothing has run then and nothing stays mapped.
pub fn load(object: &[u8], resolve: &dyn Fn(&str) -> Option<usize>) -> Result<Code, LoadError> {
    let loaded = relocate::prepare(object, resolve)?;
    let code = Code { loaded: Arc::new(loaded) };
    for &constructor in &code.loaded.constructors {
        /// What the C library calls: the number of arguments, the arguments, the environment. Ours get none.
        type Constructor = extern "C" fn(c_int, *const *const c_char, *const *const c_char);
        let constructor: *const () = ptr::with_exposed_provenance(constructor);
        // SAFETY: the address lies in the object's code (checked in relocate.rs), which is published and kept alive by
        // `code`, and the object's compiler put it in a list of functions of this type. That the object is what a
        // compiler wrote is the caller's promise, as it is when calling any other function of it.
        let constructor = unsafe { std::mem::transmute::<*const (), Constructor>(constructor) };
        constructor(0, ptr::null(), ptr::null());
    }
    Ok(code)
}

impl Code {
    /// The address of a symbol that the object defines: of the global one, else of a local (`static`) one.
    pub fn address(&self, symbol: &str) -> Option<usize> {
        self.loaded.symbols.address(symbol)
    }

    /// The symbols that the object defines and that are not local, sorted, with their addresses.
    pub fn symbols(&self) -> impl Iterator<Item = (&str, usize)> {
        self.loaded.symbols.global()
    }

    /// The bytes of memory mapped: whole pages of code, constants and data.
    pub fn size(&self) -> usize {
        self.loaded.mapping.size()
    }

    /// Whether an address lies in this object's memory.
    pub fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.loaded.mapping.base()) < self.loaded.mapping.size()
    }
}
