//! The one place that chooses between the real primitives and loom's, which try every interleaving.
//!
//! Everything that belongs to the protocol takes its atomics from here; see `PROTOCOL.md`.

#[cfg(loom)]
pub(crate) use loom::{
    hint::spin_loop,
    sync::atomic::{AtomicBool, AtomicU64, fence},
    sync::{Condvar, Mutex},
};
pub(crate) use std::sync::atomic::Ordering;
#[cfg(not(loom))]
pub(crate) use std::{
    hint::spin_loop,
    sync::atomic::{AtomicBool, AtomicU64, fence},
    sync::{Condvar, Mutex},
};

/// Workers a loop can have at most, the caller included. Few under loom, so that the rare paths are reached.
pub const MAX_THREADS: usize = if cfg!(loom) { 3 } else { 512 };

/// Loops that can be open at a time; what comes on top runs on its caller.
pub(crate) const SLOTS: usize = if cfg!(loom) { 2 } else { 64 };

/// A value with cache lines of its own: 128 bytes, since x86 fetches lines in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

impl<T> std::ops::Deref for Padded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Stores a value, with a sequentially consistent fence behind it.
pub(crate) fn swap_and_fence(word: &AtomicU64, value: u64) {
    // A swap for loom's sake, which may let a swap elsewhere overtake a plain store.
    word.swap(value, Ordering::SeqCst);
    // On x86 a swap is a locked instruction, and so a full fence already: no load behind it is done before its store is
    // seen, and the compiler moves none across a sequentially consistent operation's acquiring half.
    #[cfg(any(loom, not(any(target_arch = "x86", target_arch = "x86_64"))))]
    fence(Ordering::SeqCst);
}

/// Has lines brought here that are going to be read soon. Whether there is memory at all does not matter.
pub(crate) fn prefetch(start: *const u8, bytes: usize) {
    const LINE: usize = 64;
    for line in (0..bytes).step_by(LINE) {
        #[cfg(all(target_arch = "x86_64", not(any(loom, miri))))]
        // SAFETY: a prefetch of whatever address changes nothing that a program can see.
        unsafe {
            use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(line).cast());
        }
        #[cfg(not(all(target_arch = "x86_64", not(any(loom, miri)))))]
        let _ = (start, line);
    }
}
