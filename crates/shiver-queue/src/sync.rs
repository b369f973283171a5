//! The one place that chooses between the real primitives and loom's, which try every interleaving.
//!
//! Everything that belongs to the protocol takes its atomics from here; see `PROTOCOL.md`.

#[cfg(loom)]
pub(crate) use loom::{
    hint::spin_loop,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, fence},
    sync::{Condvar, Mutex},
};
pub(crate) use std::sync::atomic::Ordering;
#[cfg(not(loom))]
pub(crate) use std::{
    hint::spin_loop,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, fence},
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
