//! What the waiting thread looks at while another process works.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::ptr::NonNull;

/// How the waiting thread is told to give up.
type Look<'a> = &'a mut dyn FnMut() -> ControlFlow<()>;

/// The same, kept for as long as it is borrowed.
type Kept = NonNull<dyn FnMut() -> ControlFlow<()>>;

thread_local! {
    /// What this thread looks at, if it was told.
    static LOOK: Cell<Option<Kept>> = const { Cell::new(None) };
}

/// Has `look` called about every 50 ms on this thread whenever `work` waits for another process to read
/// or compile code from outside; with `Break`, that ends with
/// [`Error::Cancelled`](crate::Error::Cancelled). Of several around one another, the innermost counts.
///
/// ```
/// use std::ops::ControlFlow;
/// let five = shiver::apart::while_waiting(&mut || ControlFlow::Continue(()), || 5);
/// assert_eq!(five, 5);
/// ```
pub fn while_waiting<T>(look: Look<'_>, work: impl FnOnce() -> T) -> T {
    struct Restore(Option<Kept>);
    impl Drop for Restore {
        fn drop(&mut self) {
            LOOK.set(self.0);
        }
    }
    let pointer = NonNull::from(look);
    // SAFETY: only the lifetime changes. `Restore` takes the pointer away, in whatever way this function
    // is left, before the borrow ends.
    let pointer = unsafe { std::mem::transmute::<NonNull<dyn FnMut() -> _ + '_>, Kept>(pointer) };
    let _restore = Restore(LOOK.replace(Some(pointer)));
    work()
}

/// Looks.
pub(super) fn look() -> ControlFlow<()> {
    // Taken out meanwhile, so that what it calls cannot call it again.
    let Some(pointer) = LOOK.take() else { return ControlFlow::Continue(()) };
    // SAFETY: `while_waiting` is still running on this thread, and nobody else has the pointer now.
    let outcome = unsafe { (*pointer.as_ptr())() };
    LOOK.set(Some(pointer));
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_counts_and_goes_with_its_work() {
        assert_eq!(look(), ControlFlow::Continue(()));
        let mut outer = 0;
        while_waiting(
            &mut || {
                outer += 1;
                ControlFlow::Break(())
            },
            || {
                assert_eq!(look(), ControlFlow::Break(()));
                while_waiting(&mut || ControlFlow::Continue(()), || {
                    assert_eq!(look(), ControlFlow::Continue(()));
                });
                assert_eq!(look(), ControlFlow::Break(()));
            },
        );
        assert_eq!(outer, 2);
        assert_eq!(look(), ControlFlow::Continue(()));
    }
}
