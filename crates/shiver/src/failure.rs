//! What a body says of its own failure.
//!
//! Compiled code calls [`fail`] or [`raise`] and returns; the first to do so is remembered, with the
//! indices of its iteration, and the loop ends between two pieces. See `failure` in `shiver-codegen`.

use std::cell::Cell;
use std::ffi::c_int;
use std::fmt;
use std::ops::ControlFlow;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::output::{self, Sink};

/// Why a body failed, and in which iteration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The number that it gave.
    pub code: i64,
    /// The text that it gave; empty where it gave none.
    pub message: String,
    /// Bytes that mean something to whoever made the body, instead of a text.
    pub object: Option<Vec<u8>>,
    /// The values of the loop's indices, outermost first; none where the function was called alone.
    pub indices: Vec<i128>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.message {
            "" => write!(f, "the body failed with code {}", self.code)?,
            message => write!(f, "{message} (code {})", self.code)?,
        }
        if !self.indices.is_empty() {
            let indices: Vec<_> = self.indices.iter().map(ToString::to_string).collect();
            write!(f, " at ({})", indices.join(", "))?;
        }
        Ok(())
    }
}

/// The first failure of one loop.
#[derive(Debug, Default)]
pub(crate) struct FirstFailure {
    is_there: AtomicBool,
    failure: Mutex<Option<Failure>>,
}

impl FirstFailure {
    /// Whether there was one: a look that costs no lock.
    pub(crate) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Relaxed)
    }

    /// Takes it, for after the loop.
    pub(crate) fn take(&self) -> Option<Failure> {
        if !self.is_there() {
            return None;
        }
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps it if it is the first, and says whether.
    fn report(&self, failure: impl FnOnce() -> Failure) -> bool {
        if self.is_there.swap(true, Ordering::Relaxed) {
            return false;
        }
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure());
        true
    }
}

thread_local! {
    static WHEREABOUTS: Cell<Whereabouts> = const { Cell::new(Whereabouts::NOWHERE) };
}

/// Where compiled code keeps the indices of the iteration that a thread is in.
#[derive(Clone, Copy)]
struct Whereabouts {
    indices: *const u64,
    count: usize,
    /// A bit for each index that is signed.
    signs: u64,
}

impl Whereabouts {
    const NOWHERE: Whereabouts = Whereabouts { indices: ptr::null(), count: 0, signs: 0 };

    /// # Safety
    ///
    /// Compiled code has not left since it said where the indices are.
    unsafe fn indices(self) -> Vec<i128> {
        // SAFETY: the caller's promise; without a place there are none.
        let words = unsafe { copy(self.indices, self.count) };
        let signed = |k: usize| self.signs >> k & 1 == 1;
        let value = |(k, word)| if signed(k) { i128::from(word as i64) } else { i128::from(word) };
        words.into_iter().enumerate().map(value).collect()
    }
}

/// To be called when code that may fail has left: forgets where the indices were, and breaks if the loop
/// has failed.
pub(crate) fn left(sink: &Sink) -> ControlFlow<()> {
    WHEREABOUTS.set(Whereabouts::NOWHERE);
    if sink.failure().is_there() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Takes from compiled code where the indices of its iterations will be.
///
/// # Safety
///
/// There are so many words at `indices`, one per index, until [`left`] is called.
pub(crate) unsafe extern "C" fn locate(indices: *const u64, count: u64, signs: u64) {
    WHEREABOUTS.set(Whereabouts { indices, count: count as usize, signs });
}

/// Takes a failure in words from compiled code; returns whether it will be told.
///
/// # Safety
///
/// There are so many bytes at `message`.
pub(crate) unsafe extern "C" fn fail(code: i64, message: *const u8, length: u64) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { report(code, message, length, false) }
}

/// Takes bytes that tell of a failure from compiled code; returns whether it will be told.
///
/// # Safety
///
/// There are so many bytes at `object`.
pub(crate) unsafe extern "C" fn raise(code: i64, object: *const u8, size: u64) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { report(code, object, size, true) }
}

/// # Safety
///
/// There are so many bytes at `start`, which may be null; and the words that were located are there.
unsafe fn report(code: i64, start: *const u8, length: u64, is_object: bool) -> c_int {
    let failure = || {
        // SAFETY: the caller's promise.
        let (bytes, indices) =
            unsafe { (copy(start, length as usize), WHEREABOUTS.get().indices()) };
        let (message, object) = if is_object {
            (String::new(), Some(bytes))
        } else {
            (String::from_utf8_lossy(&bytes).into_owned(), None)
        };
        Failure { code, message, object, indices }
    };
    // SAFETY: what it gives is used before anything else happens on this thread.
    let told = unsafe { output::current() }.is_some_and(|sink| sink.failure().report(failure));
    c_int::from(told)
}

/// # Safety
///
/// There are so many values at `start`, or it is null.
unsafe fn copy<T: Copy>(start: *const T, count: usize) -> Vec<T> {
    if start.is_null() {
        return vec![];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(start, count) }.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(code: i64, text: &str) -> c_int {
        // SAFETY: pointer and length are a string's.
        unsafe { fail(code, text.as_ptr(), text.len() as u64) }
    }

    #[test]
    fn the_first_failure_is_kept_with_its_indices() {
        let sink = Sink::default();
        assert_eq!(say(1, "outside of any loop"), 0);
        let place = [u64::MAX, u64::MAX];
        sink.capture(|| {
            // SAFETY: the place is there until the code has left.
            unsafe { locate(place.as_ptr(), 2, 0b01) };
            assert_eq!(say(7, "first"), 1);
            assert_eq!(say(8, "second"), 0);
        });
        assert_eq!(left(&sink), ControlFlow::Break(()));
        let failure = sink.failure().take().unwrap();
        assert_eq!(failure.indices, [-1, i128::from(u64::MAX)]);
        assert_eq!(failure.to_string(), "first (code 7) at (-1, 18446744073709551615)");
        assert_eq!(sink.failure().take(), None);

        let sink = Sink::default();
        assert_eq!(left(&sink), ControlFlow::Continue(()));
        let bytes = [1u8, 2, 3];
        // SAFETY: there are three bytes.
        sink.capture(|| assert_eq!(unsafe { raise(-2, bytes.as_ptr(), 3) }, 1));
        let failure = sink.failure().take().unwrap();
        assert_eq!(failure.object.as_deref(), Some(&bytes[..]));
        assert_eq!(
            (failure.indices.len(), failure.to_string().as_str()),
            (0, "the body failed with code -2")
        );
    }
}
