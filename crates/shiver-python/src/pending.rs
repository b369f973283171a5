//! A loop that is to run on another thread than the one that asked for it.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use shiver::CancelToken;

use crate::options::Keywords;
use crate::parfor::Loop;

/// A loop that is ready to run; `shiver.Future` is its public face.
#[pyclass(frozen, module = "shiver._native")]
pub(crate) struct Pending {
    /// Taken by whoever runs it.
    prepared: Mutex<Option<Loop>>,
    cancel: CancelToken,
}

#[pymethods]
impl Pending {
    /// Reads and checks the arguments of `parfor`, and holds them.
    #[new]
    #[pyo3(signature = (r#fn, niters, fixed_args, out, schedule, grain, num_threads, timeout,
                        progress))]
    #[expect(clippy::too_many_arguments, reason = "they are the keywords of the Python function")]
    fn new<'py>(
        py: Python<'py>,
        r#fn: &Bound<'py, PyAny>,
        niters: &Bound<'py, PyAny>,
        fixed_args: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
        schedule: Option<&Bound<'py, PyAny>>,
        grain: Option<&Bound<'py, PyAny>>,
        num_threads: Option<&Bound<'py, PyAny>>,
        timeout: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Pending> {
        let keywords = Keywords { schedule, grain, num_threads, timeout, progress };
        let prepared = Loop::prepare(py, r#fn, niters, fixed_args, out, &keywords)?;
        Ok(Pending { prepared: Mutex::new(Some(prepared)), cancel: CancelToken::new() })
    }

    /// Runs it, once.
    fn run(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        // The lock is held for the taking alone, so that nobody waits for it while he holds the
        // interpreter's.
        let taken = self.prepared.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut prepared = taken.ok_or_else(|| PyRuntimeError::new_err("it has run"))?;
        prepared.run(py, Some(&self.cancel))
    }

    /// Ends it between two pieces; does not wait.
    fn cancel(&self) {
        self.cancel.cancel();
    }
}
