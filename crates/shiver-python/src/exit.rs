//! The interpreter's lock is released here and nowhere else, since the interpreter's end has to wait
//! for its return.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::exceptions::PySystemExit;
use pyo3::marker::Ungil;
use pyo3::prelude::*;
use shiver::apart::while_waiting;

use crate::waiting::check_signals;

/// How many calls are between the release of the interpreter's lock and its return.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// How many forks lie between this process and the one that imported the module.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Changes in a forked child.
pub(crate) fn generation() -> u32 {
    GENERATION.load(Ordering::SeqCst)
}

/// The thread that ends the interpreter; 0 before.
static CLOSER: AtomicI32 = AtomicI32::new(0);

/// How long the interpreter's end waits for bodies that do not come to theirs.
const PATIENCE: Duration = Duration::from_secs(5);

/// Runs `work` with the interpreter's lock released. While it waits for another process, it looks for
/// signals; an exception that comes of them is given instead of the result.
///
/// Fails once the interpreter is ending, for every thread but the one that ends it: what they began
/// now, nobody would wait for.
pub(crate) fn detached<T: Ungil + Send>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Ungil + Send,
) -> PyResult<T> {
    // The lock is held from here until the call is counted, and `shut_down` holds it too.
    if is_closing() {
        return Err(PySystemExit::new_err(()));
    }
    // Dropped with the lock held again.
    let _running = Running::new();
    let mut raised = None;
    let result = py.detach(|| {
        let mut look = || match check_signals() {
            _ if is_closing() => ControlFlow::Break(()),
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                raised = Some(error);
                ControlFlow::Break(())
            }
        };
        while_waiting(&mut look, work)
    });
    raised.map_or(Ok(result), Err)
}

/// Whether another thread ends the interpreter.
pub(crate) fn is_closing() -> bool {
    let closer = CLOSER.load(Ordering::SeqCst);
    closer != 0 && closer != thread_id()
}

/// Counts a call for as long as it lives.
struct Running {
    generation: u32,
}

impl Running {
    fn new() -> Running {
        watch_forks();
        Self::count(1);
        Running { generation: generation() }
    }

    /// Counts with the interpreter's lock held, so nobody else does, and a locked addition would be time lost.
    fn count(by: isize) {
        let running = RUNNING.load(Ordering::Relaxed);
        RUNNING.store(running.wrapping_add_signed(by), Ordering::Release);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // In a child that was forked in the middle of the call, the count began anew without it.
        if self.generation == generation() {
            Self::count(-1);
        }
    }
}

/// Makes sure that a forked child forgets its parent's threads.
fn watch_forks() {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    // The interpreter's lock is held, so nobody else is here.
    if !WATCHED.load(Ordering::Relaxed) {
        WATCHED.store(true, Ordering::Relaxed);
        // SAFETY: the handler is a function of this library, and stores to atomics alone. Without
        // memory to register it, a child's end would wait for threads that it does not have.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    }
}

extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::SeqCst);
    RUNNING.store(0, Ordering::SeqCst);
    CLOSER.store(0, Ordering::SeqCst);
}

fn thread_id() -> i32 {
    // SAFETY: the call only asks for a number.
    unsafe { libc::gettid() }
}

/// Ends all running loops and waits until their callers have left native code: a thread that came
/// back to a finalised interpreter would be torn down in the middle of it. Called at exit.
#[pyfunction]
pub(crate) fn shut_down(py: Python<'_>) {
    CLOSER.store(thread_id(), Ordering::SeqCst);
    shiver::cancel_all();
    let begin = Instant::now();
    py.detach(|| {
        while RUNNING.load(Ordering::Acquire) > 0 && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
    });
}
