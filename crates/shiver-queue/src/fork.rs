//! `fork()`: the child has one thread, none of the workers, and copies of their words as they happened to be.
//!
//! So the child forgets the parent's pool as a whole, touching none of its locks, and starts another when it needs one.
//! A loop that the forking thread was inside of, through `between` or a body, sees that the generation is no longer its
//! own and returns without waiting for workers that do not exist.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How many forks lie between this process and the one that loaded the library.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Changes in a child, and never otherwise.
pub(crate) fn generation() -> u32 {
    GENERATION.load(Ordering::Relaxed)
}

/// Makes sure that children start afresh; to be called before the first pool is made.
///
/// Two threads that come here at once may both register the handler, which is no harm: a lock here could be held by
/// another thread at the moment of a fork, and would stay so in the child.
pub(crate) fn watch() {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    if !WATCHED.load(Ordering::Acquire) {
        #[cfg(unix)]
        // SAFETY: the handler is a function of this library, and does nothing but store to two atomics.
        unsafe {
            libc::pthread_atfork(None, None, Some(in_child));
        }
        WATCHED.store(true, Ordering::Release);
    }
}

#[cfg(unix)]
extern "C" fn in_child() {
    GENERATION.fetch_add(1, Ordering::Relaxed);
    crate::pool::forget();
}
