//! The interpreter's end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;

/// How many calls are between the release of the interpreter's lock and its return.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// How long the interpreter's end waits for bodies that do not come to theirs.
const PATIENCE: Duration = Duration::from_secs(5);

/// Counts a call for as long as it lives.
pub(crate) struct Running(());

impl Running {
    pub(crate) fn new() -> Running {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Running(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Ends all running loops and waits until their callers have left native code: a thread that came
/// back to a finalised interpreter would be torn down in the middle of it. Called at exit.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) {
    shiver::cancel_all();
    let begin = Instant::now();
    py.detach(|| {
        while RUNNING.load(Ordering::SeqCst) > 0 && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
    });
}
