//! How many workers.

use std::num::NonZero;
use std::sync::OnceLock;

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;

/// The context variable behind `shiver.threads(n)`.
static CONTEXT: OnceLock<Py<PyAny>> = OnceLock::new();

/// Sets the number of workers for the whole process.
#[pyfunction]
pub(crate) fn set_num_threads(n: usize) -> PyResult<()> {
    let n = NonZero::new(n).ok_or_else(|| PyValueError::new_err("n must be at least 1"))?;
    shiver::threads::set_num_threads(n);
    Ok(())
}

/// The number of workers of a loop whose call and context do not say another.
#[pyfunction]
pub(crate) fn get_num_threads() -> usize {
    shiver::threads::num_threads()
}

/// Makes loops without a `num_threads` of their own ask `var` for one; its value is an int or None.
#[pyfunction]
pub(crate) fn use_context_variable(var: Py<PyAny>) {
    // It is the same one each time, until the package is imported a second time; then the first stays.
    let _ = CONTEXT.set(var);
}

/// What the context says.
pub(crate) fn from_context(py: Python<'_>) -> PyResult<Option<NonZero<usize>>> {
    let Some(var) = CONTEXT.get() else { return Ok(None) };
    let value = var.bind(py).call_method1(intern!(py, "get"), (py.None(),))?;
    Ok(value.extract::<Option<usize>>()?.and_then(NonZero::new))
}
