//! The one gate to a running loop: it releases the interpreter's lock, and turns whatever ended the
//! loop into a result or an exception.

use std::cell::RefCell;
use std::ops::ControlFlow;

use pyo3::exceptions::{PyRuntimeError, PyTimeoutError};
use pyo3::prelude::*;
use shiver::apart::while_waiting;
use shiver::launch::{Outcome, Tick};
use shiver::{CancelToken, Error, Function, Plan};

use crate::errors::exception;
use crate::exit;
use crate::interrupts::Interrupts;
use crate::options::Options;
use crate::stats::Record;
use crate::waiting::{self, Waiting};

/// What became of a loop.
pub(crate) struct Ran<T> {
    pub(crate) result: Result<T, Error>,
    /// `None` where it never began.
    pub(crate) outcome: Option<Outcome>,
    /// What bodies printed last.
    pub(crate) output: Option<Vec<u8>>,
}

impl<T> From<Error> for Ran<T> {
    fn from(error: Error) -> Ran<T> {
        Ran { result: Err(error), outcome: None, output: None }
    }
}

/// Runs `work` with the interpreter's lock released. It is given the plan, and what to do between
/// pieces. `total` is the number of iterations, and `functions` are those that they call.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    options: &Options,
    cancel: Option<&CancelToken>,
    total: u64,
    functions: &[&Function],
    work: impl FnOnce(&Plan<'_>, &mut dyn FnMut(Tick<'_>) -> ControlFlow<()>) -> Ran<T> + Send,
) -> PyResult<T> {
    let report = options.progress.as_ref();
    let interrupts = Interrupts::hold(py, functions)?;
    let mut waiting = Waiting::new(options.timeout, report, interrupts.as_ref());
    let record = Record::begin(options.threads.or(options.at_most), total);
    let plan = options.plan(cancel);
    let generation = exit::generation();
    let ran = exit::detached(py, || {
        let plan = Plan { tallies: Some(record.tallies()), ..plan };
        // Either happens on this thread, and never inside of the other.
        let waiting = RefCell::new(&mut waiting);
        while_waiting(&mut || waiting.borrow_mut().look(cancel), || {
            work(&plan, &mut |tick| waiting.borrow_mut().tick(&tick))
        })
    });
    let released = interrupts.as_ref().map_or(Ok(()), |interrupts| interrupts.release(py));
    let ran = ran?;
    if let Some(outcome) = ran.outcome {
        record.end(outcome);
    }
    let written = ran.output.map_or(Ok(()), |text| waiting::write(py, &text));
    let done = ran.outcome.map_or(0, |outcome| outcome.iterations);
    let timed_out = waiting.timed_out();
    let result = match (waiting.into_raised(), ran.result) {
        (Some(error), _) => Err(error),
        (None, Err(Error::Cancelled)) if generation != exit::generation() => {
            Err(PyRuntimeError::new_err(
                "the process forked while this loop ran: the loop goes on in the parent, and in this \
                 child it ended where it was",
            ))
        }
        (None, Err(Error::Cancelled)) if timed_out => {
            let seconds = options.timeout.unwrap_or_default().as_secs_f64();
            Err(PyTimeoutError::new_err(format!(
                "the loop was ended after its timeout of {seconds} s, with {done} of {total} \
                 iterations done"
            )))
        }
        (None, result) => result.map_err(|error| exception(py, error)),
    };
    let result = released.and(result).and_then(|value| written.map(|()| value));
    let Some(report) = report else { return result };
    let result = result.and_then(|value| report.tell(py, total, total).map(|()| value));
    let closed = report.close(py);
    result.and_then(|value| closed.map(|()| value))
}
