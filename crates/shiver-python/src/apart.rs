//! The process in which LLVM sees code from outside: this interpreter, started anew with this module
//! alone.

use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use shiver::apart::{Command, use_command};

/// What the new interpreter runs. Neither the package nor NumPy is imported, and no path is searched.
const CODE: &str = "\
import sys, _frozen_importlib as b, _frozen_importlib_external as e
f = sys.argv[1]
b._load(b.ModuleSpec('shiver._native', e.ExtensionFileLoader('shiver._native', f), origin=f)).serve()
";

/// Has code from outside be read by another process from now on, if one can be started. To be called
/// before the first such code comes.
pub(crate) fn use_interpreter(py: Python<'_>) {
    static SAID: AtomicBool = AtomicBool::new(false);
    // The interpreter's lock is held, so nobody else is here.
    if !SAID.swap(true, Ordering::Relaxed) {
        use_command(command(py).ok().flatten());
    }
}

/// Whether this module is imported as part of the package, and not by [`CODE`].
pub(crate) fn is_package(py: Python<'_>) -> PyResult<bool> {
    py.import("sys")?.getattr("modules")?.contains("shiver")
}

/// How this interpreter is started; `None` where it is part of another program, which would start that.
fn command(py: Python<'_>) -> PyResult<Option<Command>> {
    let sys = py.import("sys")?;
    if sys.getattr_opt("frozen")?.is_some_and(|frozen| frozen.is_truthy().unwrap_or(true)) {
        return Ok(None);
    }
    let program: Option<OsString> = sys.getattr("executable")?.extract()?;
    let Some(program) = program.filter(is_python) else { return Ok(None) };
    let file: OsString = py.import("shiver._native")?.getattr("__file__")?.extract()?;
    let options = ["-I", "-S", "-c", CODE].map(OsString::from);
    // The last word is for those who look at the list of processes.
    let ours = OsString::from(std::process::id().to_string());
    let words = std::iter::once(program).chain(options).chain([file, ours]);
    Ok(Command::new(words.map(OsString::into_encoded_bytes)))
}

fn is_python(program: &OsString) -> bool {
    let name = Path::new(program).file_name();
    name.is_some_and(|name| name.as_encoded_bytes().starts_with(b"python"))
}

/// Reads and compiles what comes through standard input. Ends the process.
#[pyfunction]
pub(crate) fn serve() {
    // SAFETY: `CODE` calls this in a process that has done nothing else; nothing else calls it.
    unsafe { shiver::apart::serve() }
}
