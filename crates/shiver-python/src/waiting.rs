//! What the waiting thread does between its pieces: it looks for signals and at the clock, writes what
//! bodies print, and tells how far the loop has come.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use pyo3::intern;
use pyo3::prelude::*;
use shiver::CancelToken;
use shiver::launch::Tick;

use crate::exit;
use crate::interrupts::Interrupts;
use crate::progress::Report;

/// The waiting thread's state over one loop.
pub(crate) struct Waiting<'a> {
    /// Whether this is the thread to which Python delivers signals; found out at the first tick.
    main_thread: Option<bool>,
    deadline: Option<Instant>,
    report: Option<&'a Report>,
    /// Where Ctrl-C is kept back.
    interrupts: Option<&'a Interrupts>,
    /// The exception that ended the loop.
    raised: Option<PyErr>,
    /// Whether the deadline ended the loop.
    timed_out: bool,
}

impl<'a> Waiting<'a> {
    pub(crate) fn new(
        timeout: Option<Duration>,
        report: Option<&'a Report>,
        interrupts: Option<&'a Interrupts>,
    ) -> Waiting<'a> {
        // A deadline beyond what the clock can count is none.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let (main_thread, raised, timed_out) = (None, None, false);
        Waiting { main_thread, deadline, report, interrupts, raised, timed_out }
    }

    /// To be called with the interpreter's lock released.
    pub(crate) fn tick(&mut self, tick: &Tick<'_>) -> ControlFlow<()> {
        let main_thread = *self.main_thread.get_or_insert_with(is_main_thread);
        if main_thread || tick.output.is_some() || self.report.is_some() {
            let outcome = Python::attach(|py| {
                py.check_signals()?;
                self.interrupts.map_or(Ok(()), Interrupts::check)?;
                tick.output.map_or(Ok(()), |text| write(py, text))?;
                match (self.report, tick.progress) {
                    // That all is done is told once, afterwards.
                    (Some(report), progress) if progress.done < progress.total => {
                        report.tell(py, progress.done, progress.total)
                    }
                    _ => Ok(()),
                }
            });
            if let Err(error) = outcome {
                self.raised = Some(error);
                return ControlFlow::Break(());
            }
        }
        self.timed_out = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if self.timed_out { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// To be called while another process compiles the loop, with the interpreter's lock released.
    pub(crate) fn look(&mut self, cancel: Option<&CancelToken>) -> ControlFlow<()> {
        let pressed = || self.interrupts.map_or(Ok(()), Interrupts::check);
        if let Err(error) = check_signals().and_then(|()| pressed()) {
            self.raised = Some(error);
            return ControlFlow::Break(());
        }
        self.timed_out = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let cancelled = exit::is_closing() || cancel.is_some_and(CancelToken::is_cancelled);
        if self.timed_out || cancelled { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Whether the deadline ended the loop.
    pub(crate) fn timed_out(&self) -> bool {
        self.timed_out
    }

    /// The exception that ended the loop, if one did.
    pub(crate) fn into_raised(self) -> Option<PyErr> {
        self.raised
    }
}

/// Lets Python handle its signals, on the thread to which it delivers them.
pub(crate) fn check_signals() -> PyResult<()> {
    if is_main_thread() { Python::attach(|py| py.check_signals()) } else { Ok(()) }
}

/// Linux names a process after its first thread, which is where Python handles signals; in a forked
/// child it is the thread that forked, and so it is for Python.
pub(crate) fn is_main_thread() -> bool {
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
