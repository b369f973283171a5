//! Memory that a compiled nest has for its own use: each thread's own, as long as it lives.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::arch::x86_64::{__cpuid, __cpuid_count};
use std::cell::OnceCell;
use std::sync::atomic::{AtomicU64, Ordering};

use shiver_codegen::SCRATCH_HEADER;

thread_local! {
    static SCRATCH: OnceCell<Scratch> = const { OnceCell::new() };
}

/// This thread's memory, as [`shiver_codegen::NEST_SYMBOL`] tells: half of what a core's own cache holds,
/// so that what is put there is still there when it is read. Untouched, it takes no room.
pub(crate) fn of_thread() -> *mut u64 {
    SCRATCH.with(|scratch| scratch.get_or_init(|| Scratch::new(own_cache() / 2)).start)
}

struct Scratch {
    start: *mut u64,
    layout: Layout,
}

impl Scratch {
    fn new(bytes: u64) -> Scratch {
        let layout = usize::try_from(SCRATCH_HEADER + bytes)
            .ok()
            .and_then(|size| Layout::from_size_align(size, 4096).ok())
            .expect("a cache is smaller than the memory");
        // SAFETY: the layout is not empty, and its first word is aligned.
        unsafe {
            let start = alloc(layout).cast::<u64>();
            if start.is_null() {
                handle_alloc_error(layout);
            }
            start.write(bytes);
            Scratch { start, layout }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and freed once.
        unsafe { dealloc(self.start.cast(), self.layout) }
    }
}

/// The size in bytes of the second-level cache, which is a core's own; 256 KiB to 16 MiB.
fn own_cache() -> u64 {
    /// 0 until known. No lock, which a fork would have to wait for.
    static BYTES: AtomicU64 = AtomicU64::new(0);
    match BYTES.load(Ordering::Relaxed) {
        0 => {
            let bytes = second_level().unwrap_or(0).clamp(256 << 10, 16 << 20);
            BYTES.store(bytes, Ordering::Relaxed);
            bytes
        }
        known => known,
    }
}

/// What the CPU says of its second-level cache: Intel's in leaf 4, AMD's in a leaf of the same form.
fn second_level() -> Option<u64> {
    const INTEL: u32 = 4;
    const AMD: u32 = 0x8000_001d;
    let knows = |leaf: u32| __cpuid(leaf & 0x8000_0000).eax >= leaf;
    [INTEL, AMD].into_iter().filter(|&leaf| knows(leaf)).find_map(|leaf| {
        let caches = (0..16).map(|number| __cpuid_count(leaf, number));
        // Kind 0 ends the list.
        let mut caches = caches.take_while(|cache| cache.eax & 0x1f != 0);
        let second = caches.find(|cache| cache.eax >> 5 & 7 == 2)?;
        let field =
            |word: u32, shift: u32, bits: u32| u64::from(word >> shift & ((1 << bits) - 1)) + 1;
        let line = field(second.ebx, 0, 12) * field(second.ebx, 12, 10) * field(second.ebx, 22, 10);
        Some(line * (u64::from(second.ecx) + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_has_its_own_and_keeps_it() {
        let mine = of_thread();
        assert_eq!(of_thread(), mine);
        let other = std::thread::spawn(|| of_thread().addr()).join().unwrap();
        assert_ne!(mine.addr(), 0);
        assert_ne!(mine.addr(), other);
        // SAFETY: the first word holds the size, and all of it may be written.
        unsafe {
            let bytes = *mine;
            assert!((128 << 10..=8 << 20).contains(&bytes), "{bytes}");
            mine.cast::<u8>().add((SCRATCH_HEADER + bytes - 1) as usize).write(1);
        }
    }
}
