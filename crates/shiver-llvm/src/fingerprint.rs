//! What tells one CPU from another, as far as code is concerned.
//!
//! LLVM finds out a CPU's name and features with some twenty `cpuid` instructions and a page of text. A
//! process that finds its loop compiled needs neither, only to know that it is the same CPU. Under a
//! virtual machine each `cpuid` takes a trip to the host (6 µs, November 2026), so each leaf is read
//! once.

use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use std::sync::OnceLock;

/// The leaves and subleaves that LLVM 22's `getHostCPUName` and `getHostCPUFeatures` read, besides the
/// first, which says how many there are. The maker's own begin at `EXTENDED`.
const LEAVES: [(u32, u32); 8] =
    [(0x1, 0), (0x7, 0), (0x7, 1), (0xd, 1), (0x14, 0), (0x19, 0), (0x1e, 1), (0x24, 0)];
const EXTENDED: u32 = 0x8000_0000;
const EXTENDED_LEAVES: [u32; 3] = [0x8000_0001, 0x8000_0008, 0x8000_0021];

/// Bytes that are equal for CPUs for which LLVM would make the same code.
pub fn fingerprint() -> &'static [u8] {
    static FINGERPRINT: OnceLock<Vec<u8>> = OnceLock::new();
    FINGERPRINT.get_or_init(read)
}

fn read() -> Vec<u8> {
    let first = __cpuid(0);
    let mut words = vec![first.eax, first.ebx, first.ecx, first.edx];
    let mut saves_state = false;
    for (leaf, subleaf) in LEAVES.into_iter().filter(|&(leaf, _)| leaf <= first.eax) {
        let found = __cpuid_count(leaf, subleaf);
        words.extend(match leaf {
            0x1 => {
                saves_state = found.ecx & (1 << 27) != 0;
                // The second word tells the core on which this runs.
                [found.eax, 0, found.ecx, found.edx]
            }
            // What follows tells sizes of what the kernel has switched on.
            0xd => [found.eax, 0, 0, 0],
            _ => [found.eax, found.ebx, found.ecx, found.edx],
        });
    }
    let most = __cpuid(EXTENDED).eax;
    words.push(most);
    for leaf in EXTENDED_LEAVES.into_iter().filter(|&leaf| leaf <= most) {
        let found = __cpuid(leaf);
        words.extend([found.eax, found.ebx, found.ecx, found.edx]);
    }
    let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    if saves_state {
        // SAFETY: the CPU has the instruction, and the kernel allows it: leaf 1 says so.
        bytes.extend(unsafe { enabled_state() }.to_le_bytes());
    }
    bytes
}

/// Which registers the kernel saves: those of AVX-512 can be there and not be usable.
///
/// # Safety
///
/// Leaf 1 says that the kernel has switched on `xsave`.
#[target_feature(enable = "xsave")]
unsafe fn enabled_state() -> u64 {
    // SAFETY: as the caller promises.
    unsafe { _xgetbv(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_on_every_core() {
        let known = read();
        assert!(known.len() > 64);
        // Threads wander between cores; the words that tell the core would differ sooner or later.
        for _ in 0..200 {
            let other = std::thread::spawn(read).join().expect("reading cannot fail");
            assert_eq!(other, known);
        }
        assert_eq!(fingerprint(), known);
    }

    #[test]
    fn it_has_what_the_standard_library_detects() {
        let leaf = __cpuid_count(0x7, 0);
        let avx2 = leaf.ebx & (1 << 5) != 0;
        assert_eq!(std::arch::is_x86_feature_detected!("bmi1"), leaf.ebx & (1 << 3) != 0);
        // SAFETY: only asked where leaf 1 allows it.
        let saved = __cpuid(1).ecx & (1 << 27) != 0 && unsafe { enabled_state() } & 6 == 6;
        assert_eq!(std::arch::is_x86_feature_detected!("avx2"), avx2 && saved);
    }
}
