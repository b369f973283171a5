//! How deep a thread is in loops.

use std::cell::Cell;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// One level deeper, until dropped.
pub(crate) struct Nested {
    /// How deep it was before.
    outer: u32,
}

impl Nested {
    pub(crate) fn enter() -> Nested {
        let outer = DEPTH.get();
        DEPTH.set(outer + 1);
        Nested { outer }
    }

    /// Whether there was a loop around this one already.
    pub(crate) fn is_nested(&self) -> bool {
        self.outer > 0
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        DEPTH.set(self.outer);
    }
}
