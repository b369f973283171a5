//! One interpreter per process.

use std::sync::atomic::{AtomicI64, Ordering};

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// The interpreter that imported the module first; -1 before.
static OWNER: AtomicI64 = AtomicI64::new(-1);

/// Refuses every interpreter but the first: objects of one, such as the context variable behind
/// `shiver.threads`, would be used in the other. (PyO3's own check is not on the path by which Python
/// imports a module.)
pub(crate) fn claim(py: Python<'_>) -> PyResult<()> {
    // SAFETY: this thread is attached to an interpreter.
    let current =
        unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) };
    if current < 0 {
        return Err(PyErr::fetch(py));
    }
    match OWNER.compare_exchange(-1, current, Ordering::SeqCst, Ordering::SeqCst) {
        Err(owner) if owner != current => Err(PyImportError::new_err(
            "Shiver cannot be imported in a sub-interpreter beside the interpreter that has it: use \
             threads, which Shiver's loops do not hold up, or processes",
        )),
        _ => Ok(()),
    }
}
