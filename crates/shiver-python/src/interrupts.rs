//! Ctrl-C in loops that call Python back.
//!
//! A function that was compiled elsewhere may be one that ctypes or cffi made of a Python function. On the
//! main thread, Python's handler of Ctrl-C then runs inside of it, and the exception that it raises is
//! lost there: nothing carries it through C. So while such a loop runs, a handler of ours notes that
//! Ctrl-C was pressed, and the loop ends between two iterations like any other. A handler of the user's
//! own stays where it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};
use shiver::Function;

use crate::waiting::is_main_thread;

/// Keeps Ctrl-C from raising an exception in the middle of a loop.
pub(crate) struct Interrupts {
    pressed: Arc<AtomicBool>,
    /// Python's own handler.
    before: Py<PyAny>,
}

impl Interrupts {
    /// Begins, where one of the functions was compiled elsewhere and Python's own handler would run.
    pub(crate) fn hold(py: Python<'_>, functions: &[&Function]) -> PyResult<Option<Interrupts>> {
        let elsewhere = |function: &&Function| function.module().identity().target.is_some();
        if !functions.iter().any(elsewhere) || !is_main_thread() {
            return Ok(None);
        }
        let signal = py.import(intern!(py, "signal"))?;
        let number = signal.getattr(intern!(py, "SIGINT"))?;
        let before = signal.call_method1(intern!(py, "getsignal"), (&number,))?;
        if !before.is(&signal.getattr(intern!(py, "default_int_handler"))?) {
            return Ok(None);
        }
        let pressed = Arc::new(AtomicBool::new(false));
        let note = {
            let pressed = Arc::clone(&pressed);
            move |_: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
                pressed.store(true, Ordering::Relaxed);
            }
        };
        let handler = PyCFunction::new_closure(py, None, None, note)?;
        signal.call_method1(intern!(py, "signal"), (number, handler))?;
        Ok(Some(Interrupts { pressed, before: before.unbind() }))
    }

    /// `KeyboardInterrupt`, if Ctrl-C was pressed.
    pub(crate) fn check(&self) -> PyResult<()> {
        match self.pressed.load(Ordering::Relaxed) {
            true => Err(PyKeyboardInterrupt::new_err(())),
            false => Ok(()),
        }
    }

    /// Ends, and raises what was kept back.
    pub(crate) fn release(&self, py: Python<'_>) -> PyResult<()> {
        let signal = py.import(intern!(py, "signal"))?;
        let number = signal.getattr(intern!(py, "SIGINT"))?;
        signal.call_method1(intern!(py, "signal"), (number, &self.before))?;
        self.check()
    }
}
