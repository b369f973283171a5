//! Sections of code that a fork waits for.
//!
//! A forked child has one thread, and whatever lock another thread held at that moment stays held in
//! the child for ever: LLVM's, clang's and our own. So every section that compiles, loads or frees
//! code, or holds a lock of this crate's, runs between [`section`] and the drop of its guard, and a
//! fork waits until no such section is open. Sections are short (a compile takes milliseconds), never
//! nest, and never wait for the interpreter's lock, so the wait is short and ends.
//!
//! Loops need none of this: the queue has a handler of its own, and a child starts without workers.

use std::cell::UnsafeCell;
use std::sync::{Once, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::atomics;

static SECTIONS: RwLock<()> = RwLock::new(());

/// Keeps a fork waiting.
pub(crate) struct Section(
    #[expect(dead_code, reason = "held, not read")] RwLockReadGuard<'static, ()>,
);

/// Opens a section.
pub(crate) fn section() -> Section {
    static ONCE: Once = Once::new();
    // SAFETY: the three handlers are functions that live as long as the process. Registering fails
    // only without memory, and then a fork does not wait: no worse than without the handlers.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(after_fork_in_child));
    });
    Section(SECTIONS.read().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// What the forking thread holds from before the fork until after it, in parent and child.
struct Held(UnsafeCell<Option<RwLockWriteGuard<'static, ()>>>);

// SAFETY: only the thread that holds the write lock touches the cell: `before_fork` after it has
// acquired it, `after_fork` before it releases it.
unsafe impl Sync for Held {}

static HELD: Held = Held(UnsafeCell::new(None));

extern "C" fn before_fork() {
    let guard = SECTIONS.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    // SAFETY: the write lock is held, see `Held`.
    unsafe { *HELD.0.get() = Some(guard) };
}

extern "C" fn after_fork_in_child() {
    atomics::free_in_child();
    crate::apart::forget();
    after_fork();
}

extern "C" fn after_fork() {
    // SAFETY: this thread holds the write lock since `before_fork`, in the child too, where it is the
    // only thread; the lock is a futex that knows no owner, so the child may release it.
    drop(unsafe { (*HELD.0.get()).take() });
}
