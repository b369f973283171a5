//! What tells one CPU from another, as far as code is concerned.
//!
//! LLVM finds out a CPU's name and features with some twenty `cpuid` instructions and a page of text. A
//! process that finds its loop compiled needs neither, only to know that it is the same CPU. Under a
//! virtual machine each `cpuid` takes a trip to the host (7 µs, November 2026), and thirteen of them were
//! a tenth of all that such a process does. glibc has read most leaves when the process began, and tells them since 2.33; of
//! the others only those are read that the first ones say have something to tell.
//!
//! The maker is not among them: no two makers have a CPU of one family, model, stepping and all features,
//! and if they had, the code for one would run on the other.

use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use std::sync::OnceLock;

/// The registers `eax`, `ebx`, `ecx` and `edx`.
type Registers = [u32; 4];

/// A number that `cpuid` answers to, and a second one.
type Leaf = (u32, u32);

const BASIC: Leaf = (0x1, 0);
const FEATURES: Leaf = (0x7, 0);
const MORE_FEATURES: Leaf = (0x7, 1);
const STATE: Leaf = (0xd, 1);
const EXTENDED: Leaf = (0x8000_0001, 0);
const SIZES: Leaf = (0x8000_0008, 0);

/// The leaves that tell something only where a bit of another leaf is set: that leaf, the register and
/// its bit, and they. With those above, they are all that LLVM 22's `getHostCPUName` and
/// `getHostCPUFeatures` read.
const CONDITIONAL: [(Leaf, usize, u32, Leaf); 5] = [
    (FEATURES, 1, 25, (0x14, 0)),      // processor traces
    (FEATURES, 2, 23, (0x19, 0)),      // key locker
    (FEATURES, 3, 24, (0x1e, 1)),      // matrix tiles
    (MORE_FEATURES, 3, 19, (0x24, 0)), // AVX10
    // SSE4a, which AMD and its licensees have; beyond their last leaf they answer 0.
    (EXTENDED, 2, 6, (0x8000_0021, 0)),
];

/// Bytes that are equal for CPUs for which LLVM would make the same code.
pub fn fingerprint() -> &'static [u8] {
    static FINGERPRINT: OnceLock<Vec<u8>> = OnceLock::new();
    FINGERPRINT.get_or_init(|| match glibc() {
        Some(leaf) => read(&leaf),
        None => read(&leaves()),
    })
}

/// The fingerprint, of leaves that are told by `tell`.
fn read(tell: &dyn Fn(Leaf) -> Registers) -> Vec<u8> {
    let mut basic = tell(BASIC);
    // It tells the core on which this runs.
    basic[1] = 0;
    // What follows tells sizes of what the kernel has switched on.
    let state = [tell(STATE)[0], 0, 0, 0];
    let mut known = vec![
        (BASIC, basic),
        (FEATURES, tell(FEATURES)),
        (MORE_FEATURES, tell(MORE_FEATURES)),
        (STATE, state),
        (EXTENDED, tell(EXTENDED)),
        (SIZES, tell(SIZES)),
    ];
    for (of, register, bit, leaf) in CONDITIONAL {
        if known.iter().any(|(leaf, told)| *leaf == of && told[register] & 1 << bit != 0) {
            // The bit says that there is such a leaf; without one, the answer would still be the CPU's own.
            known.push((leaf, ask(leaf)));
        }
    }
    let mut bytes: Vec<u8> =
        known.into_iter().flat_map(|(_, told)| told).flat_map(u32::to_le_bytes).collect();
    let saves_state = basic[2] & 1 << 27 != 0;
    if saves_state {
        // SAFETY: the CPU has the instruction, and the kernel allows it: leaf 1 says so.
        bytes.extend(unsafe { enabled_state() }.to_le_bytes());
    }
    bytes
}

/// A leaf that the CPU has.
fn ask((leaf, subleaf): Leaf) -> Registers {
    let found = __cpuid_count(leaf, subleaf);
    [found.eax, found.ebx, found.ecx, found.edx]
}

/// How the CPU itself tells leaves: zeros for those that it does not have.
fn leaves() -> impl Fn(Leaf) -> Registers {
    let (basic, extended) = (__cpuid(0).eax, __cpuid(0x8000_0000).eax);
    move |leaf| {
        let last = if leaf.0 < 0x8000_0000 { basic } else { extended };
        if leaf.0 <= last { ask(leaf) } else { [0; 4] }
    }
}

/// How glibc tells leaves that it has read, where it does.
fn glibc() -> Option<impl Fn(Leaf) -> Registers> {
    /// The registers as the CPU gave them; what follows is of no interest here.
    type Tell = extern "C" fn(u32) -> *const Registers;
    // SAFETY: the name is terminated; the look-up changes nothing.
    let tell = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"__x86_get_cpuid_feature_leaf".as_ptr()) };
    if tell.is_null() {
        return None;
    }
    // SAFETY: `sys/platform/x86.h` declares the function so, and it stays where it is.
    let tell = unsafe { std::mem::transmute::<*mut libc::c_void, Tell>(tell) };
    Some(move |leaf| {
        // The numbers of `sys/platform/x86.h`, which are a part of glibc's interface.
        let number = match leaf {
            BASIC => 0,
            FEATURES => 1,
            EXTENDED => 2,
            STATE => 3,
            SIZES => 5,
            MORE_FEATURES => 6,
            other => return ask(other),
        };
        // SAFETY: the function gives a leaf of glibc's own, or zeros, and never null.
        unsafe { *tell(number) }
    })
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
        let known = read(&leaves());
        assert!(known.len() > 64);
        // Threads wander between cores; the words that tell the core would differ sooner or later.
        for _ in 0..200 {
            let other = std::thread::spawn(|| read(&leaves())).join().expect("reading cannot fail");
            assert_eq!(other, known);
        }
    }

    #[test]
    fn what_glibc_tells_is_what_the_cpu_says() {
        assert_eq!(fingerprint(), read(&leaves()));
        if let Some(told) = glibc() {
            assert_eq!(read(&told), read(&leaves()));
        }
    }

    #[test]
    fn each_leaf_counts() {
        let asked = leaves();
        let whole = read(&asked);
        for changed in [BASIC, FEATURES, MORE_FEATURES, STATE, EXTENDED, SIZES] {
            let other = read(&|leaf| {
                let mut told = asked(leaf);
                // A register that is looked at, and a bit on which no other leaf hangs.
                told[0] ^= if leaf == changed { 1 } else { 0 };
                told
            });
            assert_ne!(other, whole, "{changed:x?}");
        }
        for (of, register, bit, leaf) in CONDITIONAL {
            let length = |set: bool| {
                let told = |leaf| {
                    let mut told = asked(leaf);
                    if leaf == of {
                        told[register] &= !(1 << bit);
                        told[register] |= u32::from(set) << bit;
                    }
                    told
                };
                read(&told).len()
            };
            assert_eq!(length(true), length(false) + 16, "{leaf:x?}");
        }
    }

    #[test]
    fn it_has_what_the_standard_library_detects() {
        let leaf = ask(FEATURES);
        let avx2 = leaf[1] & (1 << 5) != 0;
        assert_eq!(std::arch::is_x86_feature_detected!("bmi1"), leaf[1] & (1 << 3) != 0);
        // SAFETY: only asked where leaf 1 allows it.
        let saved = ask(BASIC)[2] & (1 << 27) != 0 && unsafe { enabled_state() } & 6 == 6;
        assert_eq!(std::arch::is_x86_feature_detected!("avx2"), avx2 && saved);
    }
}
