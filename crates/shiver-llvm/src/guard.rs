//! Work that LLVM may give up on.
//!
//! Where LLVM cannot go on, it calls a handler and then ends the process: "Cannot select" an
//! intrinsic that the CPU does not have is such a case, and a user's source can bring it about. So
//! compiling runs on a thread of its own. The handler tells the thread that waits, and never returns:
//! the thread stays parked, with all it holds, since nothing of LLVM's can be unwound. The process
//! loses a few megabytes and goes on.
//!
//! The thread also has a deep stack, as parsers and optimisers recurse as deeply as sources nest.

use std::cell::RefCell;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, Once, PoisonError};
use std::thread;

use llvm_sys::error_handling::LLVMInstallFatalErrorHandler;

/// Address space; only what is touched is ever real.
const STACK: usize = 256 << 20;

/// What became of the work.
enum Ending<T> {
    Done(thread::Result<T>),
    Fatal(String),
}

/// Where the two threads meet.
struct Meeting<T> {
    ending: Mutex<Option<Ending<T>>>,
    changed: Condvar,
}

impl<T> Meeting<T> {
    fn end(&self, ending: Ending<T>) {
        *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
        self.changed.notify_one();
    }

    fn wait(&self) -> Ending<T> {
        let mut ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match ending.take() {
                Some(ending) => return ending,
                None => {
                    ending = self.changed.wait(ending).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

/// Tells a waiting thread LLVM's last words.
type Report = Box<dyn Fn(String)>;

thread_local! {
    /// How to tell the waiting thread, on a thread that somebody waits for.
    static REPORT: RefCell<Option<Report>> = const { RefCell::new(None) };
}

/// Runs `work` on a thread of its own, and gives what it gives.
///
/// # Errors
///
/// LLVM's last words, where it gave up. What `work` held is never freed then. Also where no thread can
/// be started.
///
/// # Panics
///
/// Where `work` panics, with its panic.
///
/// ```
/// let one = 1;
/// assert_eq!(shiver_llvm::guarded(|| one + 1), Ok(2));
/// ```
pub fn guarded<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    static ONCE: Once = Once::new();
    // SAFETY: the handler is a function that lives as long as the process. It is that of the LLVM
    // linked into this library; the process may have others.
    ONCE.call_once(|| unsafe { LLVMInstallFatalErrorHandler(Some(on_fatal_error)) });

    let meeting = Arc::new(Meeting { ending: Mutex::new(None), changed: Condvar::new() });
    let theirs = Arc::clone(&meeting);
    let run = move || {
        let report = Arc::clone(&theirs);
        let tell = move |message| report.end(Ending::Fatal(message));
        let tell: Box<dyn Fn(String) + '_> = Box::new(tell);
        // SAFETY: only the lifetime changes. The box is called while the caller waits, and dropped or
        // leaked on this thread.
        let tell = unsafe { std::mem::transmute::<Box<dyn Fn(String) + '_>, Report>(tell) };
        REPORT.set(Some(tell));
        let result = catch_unwind(AssertUnwindSafe(work));
        REPORT.set(None);
        theirs.end(Ending::Done(result));
    };
    let builder = thread::Builder::new().name("shiver-compile".to_owned()).stack_size(STACK);
    // SAFETY: what the thread borrows outlives its use: this function returns when the thread has
    // ended, or when it is parked for ever and will touch nothing again.
    let handle = unsafe { builder.spawn_unchecked(run) };
    let handle = handle.map_err(|error| format!("no thread can be started: {error}"))?;
    match meeting.wait() {
        Ending::Done(result) => {
            // The thread is past everything that it borrowed; joining gives its stack back.
            let _ = handle.join();
            Ok(result.unwrap_or_else(|payload| resume_unwind(payload)))
        }
        Ending::Fatal(message) => Err(message),
    }
}

extern "C" fn on_fatal_error(reason: *const c_char) {
    // SAFETY: LLVM hands over a terminated string.
    let reason = unsafe { CStr::from_ptr(reason) }.to_string_lossy().into_owned();
    let told = REPORT.with_borrow(|report| report.as_ref().map(|tell| tell(reason)).is_some());
    if told {
        loop {
            thread::park();
        }
    }
    // Nobody waits: LLVM ends the process, as it would without a handler.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_come_through() {
        let caught = catch_unwind(|| guarded(|| panic!("in the work")));
        assert_eq!(*caught.unwrap_err().downcast::<&str>().unwrap(), "in the work");
    }

    #[test]
    fn giving_up_is_an_error_and_the_next_work_runs() {
        for _ in 0..3 {
            let result = guarded(|| on_fatal_error(c"LLVM gave up".as_ptr()));
            assert_eq!(result, Err("LLVM gave up".to_owned()));
        }
        assert_eq!(guarded(|| 7), Ok(7));
    }
}
