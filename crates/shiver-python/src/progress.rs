//! Whom to tell how far a loop has come.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBool;

/// Somebody who wants to know.
pub(crate) struct Report {
    /// Takes `(done, total)`.
    call: Py<PyAny>,
    /// Whether it is a bar of ours, which is closed at the end.
    is_bar: bool,
}

/// Reads `progress=`: a bool, or something to call.
pub(crate) fn read(progress: &Bound<'_, PyAny>) -> PyResult<Option<Report>> {
    let py = progress.py();
    if let Ok(wanted) = progress.cast::<PyBool>() {
        if !wanted.is_true() {
            return Ok(None);
        }
        let bar = py.import("shiver.progress_bar")?.getattr("Bar")?.call0()?;
        return Ok(Some(Report { call: bar.unbind(), is_bar: true }));
    }
    if !progress.is_callable() {
        return Err(PyTypeError::new_err(format!(
            "progress must be True, False or a callable that takes (done, total), not {}",
            progress.get_type().name()?
        )));
    }
    Ok(Some(Report { call: progress.clone().unbind(), is_bar: false }))
}

impl Report {
    pub(crate) fn tell(&self, py: Python<'_>, done: u64, total: u64) -> PyResult<()> {
        self.call.bind(py).call1((done, total)).map(|_| ())
    }

    /// To be called once the loop is over, however it ended.
    pub(crate) fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.is_bar {
            self.call.bind(py).call_method0(intern!(py, "close"))?;
        }
        Ok(())
    }
}
