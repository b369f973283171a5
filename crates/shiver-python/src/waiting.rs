//! What the waiting thread does between its pieces: it looks for signals, and writes what bodies
//! print.

use std::ops::ControlFlow;

use pyo3::intern;
use pyo3::prelude::*;
use shiver::launch::Tick;

/// The waiting thread's state over one loop.
#[derive(Default)]
pub(crate) struct Waiting {
    /// Whether this is the thread to which Python delivers signals; found out at the first tick.
    main_thread: Option<bool>,
    /// The exception that ended the loop.
    raised: Option<PyErr>,
}

impl Waiting {
    /// To be called with the interpreter's lock released.
    pub(crate) fn tick(&mut self, tick: &Tick<'_>) -> ControlFlow<()> {
        let main_thread = *self.main_thread.get_or_insert_with(is_main_thread);
        if !main_thread && tick.output.is_none() {
            return ControlFlow::Continue(());
        }
        let outcome = Python::attach(|py| {
            py.check_signals()?;
            tick.output.map_or(Ok(()), |text| write(py, text))
        });
        match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.raised = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// The exception that ended the loop, if one did.
    pub(crate) fn into_raised(self) -> Option<PyErr> {
        self.raised
    }
}

/// Linux names a process after its first thread, which is where Python handles signals; in a forked
/// child it is the thread that forked, and so it is for Python.
fn is_main_thread() -> bool {
    // SAFETY: both calls only ask for a number.
    unsafe { libc::gettid() == libc::getpid() }
}

/// Writes text to Python's `sys.stdout`.
pub(crate) fn write(py: Python<'_>, text: &[u8]) -> PyResult<()> {
    let stdout = py.import(intern!(py, "sys"))?.getattr(intern!(py, "stdout"))?;
    if !stdout.is_none() {
        stdout.call_method1(intern!(py, "write"), (String::from_utf8_lossy(text),))?;
    }
    Ok(())
}
