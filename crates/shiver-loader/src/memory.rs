//! Memory for one object: written first, then published, and unmapped when its one owner goes.
//!
//! The two types are the two states. A [`Draft`] can be written and not executed; [`Draft::publish`] consumes it and
//! gives a [`Mapping`], whose code can be executed and not written. So no page is ever writable and executable at once,
//! and no Rust reference into the memory outlives the moment from which machine code may change it.

use std::ops::Range;
use std::ptr::{self, NonNull};

use crate::error::LoadError;

/// The size of a page, in bytes; a power of two.
pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf only reads; it takes any name.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).ok().filter(|size| size.is_power_of_two()).unwrap_or(4096)
}

/// A range of whole pages, unmapped on drop.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    size: usize,
}

// SAFETY: a Mapping is an address range that nobody else unmaps. It gives out numbers, never references, so sharing it
// shares no Rust memory; whoever turns an address into a pointer answers for the access.
unsafe impl Send for Mapping {}
// SAFETY: as above; no method changes anything through `&self`.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `size` bytes of zeros, readable and writable, at an address that is a multiple of `align`.
    fn new(size: usize, align: usize) -> Result<Mapping, LoadError> {
        let page = page_size();
        let out_of_memory = LoadError::OutOfMemory { bytes: size };
        // A system call aligns to pages; for more, map so much that an aligned range lies inside, and cut off the rest.
        let slack = align.saturating_sub(page);
        let Some(reserved) = size.checked_add(slack).filter(|&bytes| bytes <= isize::MAX as usize)
        else {
            return Err(out_of_memory);
        };
        // Tried: MAP_POPULATE for small mappings instead of two or three page faults. A load and its drop take 7.8 µs
        // either way (2026-11-23, examples/latency.rs), and pages that are never touched would cost memory.
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new private mapping at an address of the system's choice touches no memory that is in use.
        let start = unsafe {
            libc::mmap(ptr::null_mut(), reserved, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0)
        };
        if start == libc::MAP_FAILED {
            return Err(out_of_memory);
        }
        let start = start.cast::<u8>();
        let before = if slack == 0 { 0 } else { start.addr().wrapping_neg() & (align - 1) };
        let after = slack - before;
        if before != 0 {
            // SAFETY: the first `before` bytes of the mapping just made; nothing has been told their address.
            unsafe { libc::munmap(start.cast(), before) };
        }
        if after != 0 {
            // SAFETY: the last `after` bytes of it: before + size + after = reserved.
            unsafe { libc::munmap(start.wrapping_add(before + size).cast(), after) };
        }
        let base = NonNull::new(start.wrapping_add(before)).ok_or(out_of_memory)?;
        Ok(Mapping { base, size })
    }

    /// The address of the first byte. It may be turned into a pointer again (its provenance is exposed).
    pub(crate) fn base(&self) -> usize {
        self.base.as_ptr().expose_provenance()
    }

    /// The number of bytes mapped, whole pages.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Gives the pages in `range`, byte offsets on page borders, the access `access`.
    fn protect(&self, range: &Range<usize>, access: libc::c_int) -> Result<(), LoadError> {
        if range.is_empty() {
            return Ok(());
        }
        assert!(range.end <= self.size, "pages outside the mapping");
        let start = self.base.as_ptr().wrapping_add(range.start);
        // SAFETY: the range lies in this mapping (asserted), which is ours alone; its bytes are borrowed by nobody,
        // since only Draft::bytes lends them and publish owns the Draft.
        let result = unsafe { libc::mprotect(start.cast(), range.len(), access) };
        if result == 0 {
            return Ok(());
        }
        match std::io::Error::last_os_error().raw_os_error() {
            Some(libc::ENOMEM) | None => Err(LoadError::OutOfMemory { bytes: self.size }),
            Some(errno) => Err(LoadError::Refused { errno }),
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: `base` and `size` are what Mapping::new mapped and kept, unmapped here and nowhere else. That no
        // thread still runs in it is what holding a handle (`Code`) is for.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.size) };
    }
}

/// Memory that is being filled.
#[derive(Debug)]
pub(crate) struct Draft {
    mapping: Mapping,
}

impl Draft {
    /// `size` bytes (whole pages, not 0) of zeros at a multiple of `align`, a power of two.
    pub(crate) fn new(size: usize, align: usize) -> Result<Draft, LoadError> {
        Ok(Draft { mapping: Mapping::new(size, align)? })
    }

    /// The address at which the first byte is now and will be executed.
    pub(crate) fn base(&self) -> usize {
        self.mapping.base()
    }

    /// All bytes, to be written.
    pub(crate) fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the range is mapped readable and writable until publish, initialised (to zero), no longer than
        // isize::MAX (checked in Mapping::new), and borrowed through `&mut self` alone.
        unsafe { std::slice::from_raw_parts_mut(self.mapping.base.as_ptr(), self.mapping.size) }
    }

    /// Makes `code` executable and `constants` read-only, both in byte offsets on page borders; the rest stays writable
    /// data. On a processor whose instruction cache does not follow writes by itself (x86-64's does), this is the place
    /// to synchronise it.
    ///
    /// While another thread of the process runs, each change of rights interrupts its processor, which takes 18 µs on a
    /// virtual machine (2026-11-23, Linux 6.18, examples/latency.rs). Tried: first taking the right to write from both
    /// ranges in one call, then giving the code's pages theirs; the system interrupts for that too.
    pub(crate) fn publish(
        self,
        code: &Range<usize>,
        constants: &Range<usize>,
    ) -> Result<Mapping, LoadError> {
        self.mapping.protect(code, libc::PROT_READ | libc::PROT_EXEC)?;
        self.mapping.protect(constants, libc::PROT_READ)?;
        Ok(self.mapping)
    }
}
