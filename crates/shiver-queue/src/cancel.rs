//! Ending loops early from outside: a token per loop, and one switch for all.

use std::sync::atomic::{AtomicBool, Ordering};

/// Ends the loops that were given it, from any thread. Once cancelled it stays so.
///
/// It is looked at between pieces: what a worker has in hand is finished first.
///
/// ```
/// use shiver_queue::CancelToken;
///
/// static STOP: CancelToken = CancelToken::new();
/// STOP.cancel();
/// assert!(STOP.is_cancelled());
/// ```
#[derive(Debug, Default)]
pub struct CancelToken(AtomicBool);

impl CancelToken {
    /// A token that has not been cancelled.
    pub const fn new() -> CancelToken {
        CancelToken(AtomicBool::new(false))
    }

    /// Ends the loops that have this token; does not wait for them.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether [`cancel`](CancelToken::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

static ALL: CancelToken = CancelToken::new();

/// Ends every loop of the process between two pieces, and each later one before its first: for the exit of an
/// interpreter. Does not wait, and cannot be taken back.
pub fn cancel_all() {
    ALL.cancel();
}

/// Whether [`cancel_all`] was called.
pub(crate) fn all_cancelled() -> bool {
    ALL.is_cancelled()
}
