//! Atomic access to what no instruction can: structs of any size, and 16 bytes.
//!
//! Compilers call functions of these names, which GCC keeps in a library of its own, libatomic. Few
//! machines have it, so they are here. What an instruction can do is done by it, since other code may
//! use one on the same memory; the rest is done under a lock, of which there are some, by address.

use std::arch::asm;
use std::ffi::c_int;
use std::hint;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::thread;

use Ordering::SeqCst;

/// A lock on a cache line of its own.
#[repr(align(64))]
struct Lock(AtomicBool);

static LOCKS: [Lock; 64] = [const { Lock(AtomicBool::new(false)) }; 64];

/// Does something while nobody else does anything to this object.
fn locked<T>(object: *const u8, work: impl FnOnce() -> T) -> T {
    let lock = &LOCKS[(object.addr() / 16) % LOCKS.len()].0;
    let mut tries = 0u32;
    while lock.swap(true, Ordering::Acquire) {
        tries += 1;
        if tries.is_multiple_of(100) { thread::yield_now() } else { hint::spin_loop() }
    }
    let result = work();
    lock.store(false, Ordering::Release);
    result
}

/// Frees the locks in a forked child, whose parent's other threads may have held some.
pub(crate) fn free_in_child() {
    LOCKS.iter().for_each(|lock| lock.0.store(false, Ordering::Relaxed));
}

/// The function of that name. Orders are not looked at: each access is as strong as can be.
pub(crate) fn function(name: &str) -> Option<usize> {
    let function: *const () = match name {
        "__atomic_load" => load as *const (),
        "__atomic_store" => store as *const (),
        "__atomic_exchange" => exchange as *const (),
        "__atomic_compare_exchange" => compare_exchange as *const (),
        "__atomic_is_lock_free" => is_lock_free as *const (),
        "__atomic_load_16" => load_16 as *const (),
        "__atomic_store_16" => store_16 as *const (),
        "__atomic_exchange_16" => exchange_16 as *const (),
        "__atomic_compare_exchange_16" => compare_exchange_16 as *const (),
        "__atomic_fetch_add_16" => fetch_add_16 as *const (),
        "__atomic_fetch_sub_16" => fetch_sub_16 as *const (),
        "__atomic_fetch_and_16" => fetch_and_16 as *const (),
        "__atomic_fetch_or_16" => fetch_or_16 as *const (),
        "__atomic_fetch_xor_16" => fetch_xor_16 as *const (),
        "__atomic_fetch_nand_16" => fetch_nand_16 as *const (),
        _ => return None,
    };
    Some(function as usize)
}

/// Whether an instruction can do it.
extern "C" fn is_lock_free(size: usize, object: *const u8) -> bool {
    let known = matches!(size, 1 | 2 | 4 | 8) || size == 16 && has_16();
    known && object.addr().is_multiple_of(size)
}

/// Runs `$atomic` with an atomic of the object's size, or the block `$wide` for 16 bytes, where there is
/// an instruction, or else `$any`.
macro_rules! by_size {
    ($size:expr, $object:expr, $atomic:ident, $wide:expr, $any:expr) => {
        match $size {
            _ if !is_lock_free($size, $object) => $any,
            1 => $atomic!(AtomicU8, u8),
            2 => $atomic!(AtomicU16, u16),
            4 => $atomic!(AtomicU32, u32),
            8 => $atomic!(AtomicU64, u64),
            _ => $wide,
        }
    };
}

/// # Safety
///
/// `object` and `to` have `size` bytes, and are no part of one another; everybody accesses the object
/// as this module does.
unsafe extern "C" fn load(size: usize, object: *mut u8, to: *mut u8, _: c_int) {
    macro_rules! atomic {
        ($atomic:ty, $int:ty) => {
            to.cast::<$int>().write_unaligned(<$atomic>::from_ptr(object.cast()).load(SeqCst))
        };
    }
    // SAFETY: as the caller promises; the object is aligned where an atomic is made of it.
    unsafe {
        by_size!(
            size,
            object,
            atomic,
            to.cast::<u128>().write_unaligned(load_16(object.cast(), 0)),
            locked(object, || ptr::copy_nonoverlapping(object, to, size))
        );
    }
}

/// # Safety
///
/// As for [`load`], with `from` for `to`.
unsafe extern "C" fn store(size: usize, object: *mut u8, from: *const u8, _: c_int) {
    macro_rules! atomic {
        ($atomic:ty, $int:ty) => {
            <$atomic>::from_ptr(object.cast()).store(from.cast::<$int>().read_unaligned(), SeqCst)
        };
    }
    // SAFETY: as in `load`.
    unsafe {
        by_size!(
            size,
            object,
            atomic,
            store_16(object.cast(), from.cast::<u128>().read_unaligned(), 0),
            locked(object, || ptr::copy_nonoverlapping(from, object, size))
        );
    }
}

/// # Safety
///
/// As for [`load`]; `from` and `to` may be one.
unsafe extern "C" fn exchange(
    size: usize,
    object: *mut u8,
    from: *const u8,
    to: *mut u8,
    _: c_int,
) {
    macro_rules! atomic {
        ($atomic:ty, $int:ty) => {{
            let new = from.cast::<$int>().read_unaligned();
            to.cast::<$int>().write_unaligned(<$atomic>::from_ptr(object.cast()).swap(new, SeqCst))
        }};
    }
    // SAFETY: as in `load`; `ptr::swap_nonoverlapping` works on the object and `to`.
    unsafe {
        by_size!(
            size,
            object,
            atomic,
            {
                let new = from.cast::<u128>().read_unaligned();
                to.cast::<u128>().write_unaligned(exchange_16(object.cast(), new, 0));
            },
            locked(object, || {
                ptr::copy(from, to, size);
                ptr::swap_nonoverlapping(object, to, size);
            })
        );
    }
}

/// # Safety
///
/// As for [`load`]: `expected` and `desired` have `size` bytes.
unsafe extern "C" fn compare_exchange(
    size: usize,
    object: *mut u8,
    expected: *mut u8,
    desired: *const u8,
    _: c_int,
    _: c_int,
) -> bool {
    macro_rules! atomic {
        ($atomic:ty, $int:ty) => {{
            let (old, new) =
                (expected.cast::<$int>().read_unaligned(), desired.cast::<$int>().read_unaligned());
            let result =
                <$atomic>::from_ptr(object.cast()).compare_exchange(old, new, SeqCst, SeqCst);
            result.map_err(|found| expected.cast::<$int>().write_unaligned(found)).is_ok()
        }};
    }
    // SAFETY: as in `load`.
    unsafe {
        by_size!(
            size,
            object,
            atomic,
            {
                let mut old = expected.cast::<u128>().read_unaligned();
                let new = desired.cast::<u128>().read_unaligned();
                let done = compare_exchange_16(object.cast(), &mut old, new, 0, 0);
                expected.cast::<u128>().write_unaligned(old);
                done
            },
            locked(object, || {
                let bytes = |start: *const u8| std::slice::from_raw_parts(start, size);
                if bytes(object) == bytes(expected) {
                    ptr::copy_nonoverlapping(desired, object, size);
                    true
                } else {
                    ptr::copy_nonoverlapping(object, expected, size);
                    false
                }
            })
        )
    }
}

fn has_16() -> bool {
    is_x86_feature_detected!("cmpxchg16b")
}

/// Writes `new` where `old` is, and gives what was there.
///
/// In assembly, since LLVM puts Rust's intrinsic into functions that may not use the instruction, and
/// calls what is defined here instead.
///
/// # Safety
///
/// The CPU has the instruction, and `object` is an aligned number.
unsafe fn swap_if(object: *mut u128, old: u128, new: u128) -> u128 {
    let (mut low, mut high) = (old as u64, (old >> 64) as u64);
    // SAFETY: as the caller promises. rbx may be LLVM's own at that moment, so it is put back, and no operand may
    // be in it.
    unsafe {
        asm!(
            "xchg rsi, rbx",
            "lock cmpxchg16b [rdi]",
            "mov rbx, rsi",
            in("rdi") object,
            inout("rsi") new as u64 => _,
            in("rcx") (new >> 64) as u64,
            inout("rax") low,
            inout("rdx") high,
            options(nostack),
        );
    }
    u128::from(low) | u128::from(high) << 64
}

/// Replaces a number by what `change` makes of it, and gives what it was.
///
/// # Safety
///
/// `object` is an aligned number, which everybody accesses as this module does.
unsafe fn update_16(object: *mut u128, change: impl Fn(u128) -> u128) -> u128 {
    // SAFETY: as the caller promises; the CPU was asked.
    unsafe {
        if !has_16() {
            return locked(object.cast(), || object.replace(change(object.read())));
        }
        let mut old = 0;
        loop {
            let found = swap_if(object, old, change(old));
            if found == old {
                return old;
            }
            old = found;
        }
    }
}

/// # Safety
///
/// As for [`update_16`], as for all that follow.
unsafe extern "C" fn load_16(object: *mut u128, _: c_int) -> u128 {
    // SAFETY: as the caller promises.
    unsafe { update_16(object, |value| value) }
}

unsafe extern "C" fn store_16(object: *mut u128, new: u128, _: c_int) {
    // SAFETY: as the caller promises.
    unsafe { update_16(object, |_| new) };
}

unsafe extern "C" fn exchange_16(object: *mut u128, new: u128, _: c_int) -> u128 {
    // SAFETY: as the caller promises.
    unsafe { update_16(object, |_| new) }
}

unsafe extern "C" fn compare_exchange_16(
    object: *mut u128,
    expected: *mut u128,
    desired: u128,
    _: c_int,
    _: c_int,
) -> bool {
    // SAFETY: as the caller promises; `expected` is a number of the caller's.
    unsafe {
        let old = expected.read_unaligned();
        let found = update_16(object, |value| if value == old { desired } else { value });
        expected.write_unaligned(found);
        found == old
    }
}

macro_rules! fetch {
    ($($name:ident: $change:expr;)*) => {
        $(unsafe extern "C" fn $name(object: *mut u128, operand: u128, _: c_int) -> u128 {
            let change: fn(u128, u128) -> u128 = $change;
            // SAFETY: as the caller promises.
            unsafe { update_16(object, |value| change(value, operand)) }
        })*
    };
}

fetch! {
    fetch_add_16: u128::wrapping_add;
    fetch_sub_16: u128::wrapping_sub;
    fetch_and_16: |a, b| a & b;
    fetch_or_16: |a, b| a | b;
    fetch_xor_16: |a, b| a ^ b;
    fetch_nand_16: |a, b| !(a & b);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::UnsafeCell;

    /// Room for an object, at any distance from an aligned address.
    #[repr(align(16))]
    struct Shared(UnsafeCell<[u8; 64]>);

    // SAFETY: the tests access it through this module alone.
    unsafe impl Sync for Shared {}

    #[test]
    fn objects_of_any_size_and_alignment_are_replaced_whole() {
        for (size, offset) in [
            (1, 0),
            (2, 0),
            (2, 1),
            (4, 0),
            (8, 0),
            (8, 3),
            (16, 0),
            (16, 8),
            (3, 0),
            (24, 0),
            (40, 5),
        ] {
            let shared = Shared(UnsafeCell::new([0; 64]));
            let shared = &shared;
            thread::scope(|scope| {
                for thread in 0..4u8 {
                    scope.spawn(move || {
                        let object = shared.0.get().cast::<u8>().wrapping_add(offset);
                        let (mut seen, mut old) = ([0; 64], [0; 64]);
                        for round in 0..500u32 {
                            let new = [(round % 60) as u8 * 4 + thread; 64];
                            // SAFETY: all four have `size` bytes of the array's.
                            unsafe {
                                store(size, object, new.as_ptr(), 0);
                                load(size, object, seen.as_mut_ptr(), 0);
                                exchange(size, object, new.as_ptr(), old.as_mut_ptr(), 0);
                            }
                            for whole in [&seen, &old] {
                                assert!(whole[..size].iter().all(|byte| *byte == whole[0]));
                            }
                        }
                    });
                }
            });
        }
    }

    #[test]
    fn nothing_is_lost_where_many_count() {
        for (size, offset) in [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 4), (24, 0)] {
            let shared = Shared(UnsafeCell::new([0; 64]));
            let shared = &shared;
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(move || {
                        let object = shared.0.get().cast::<u8>().wrapping_add(offset);
                        let mut old = [0u8; 64];
                        for _ in 0..50 {
                            loop {
                                let mut new = old;
                                new[0] = old[0].wrapping_add(1);
                                // SAFETY: as above.
                                let done = unsafe {
                                    compare_exchange(
                                        size,
                                        object,
                                        old.as_mut_ptr(),
                                        new.as_ptr(),
                                        0,
                                        0,
                                    )
                                };
                                if done {
                                    break;
                                }
                            }
                        }
                    });
                }
            });
            // SAFETY: nobody else is left.
            assert_eq!(unsafe { (*shared.0.get())[offset] }, 200, "{size} bytes at {offset}");
        }
    }

    #[test]
    fn sixteen_bytes_count_too() {
        let shared = Shared(UnsafeCell::new([0; 64]));
        let number = shared.0.get().cast::<u128>();
        let big = (1u128 << 100) - 1;
        // SAFETY: the number is aligned, and nobody else has it.
        unsafe {
            assert_eq!(fetch_add_16(number, big, 0), 0);
            assert_eq!(fetch_sub_16(number, 5, 0), big);
            assert_eq!(fetch_and_16(number, !2, 0), big - 5);
            assert_eq!(fetch_or_16(number, 7, 0), (big - 5) & !2);
            assert_eq!(fetch_xor_16(number, 1, 0), big);
            assert_eq!(fetch_nand_16(number, 3, 0), big - 1);
            assert_eq!(exchange_16(number, 9, 0), !2);
            let mut expected = 8;
            assert!(!compare_exchange_16(number, &mut expected, 10, 0, 0) && expected == 9);
            assert!(compare_exchange_16(number, &mut expected, 10, 0, 0));
            store_16(number, load_16(number, 0) + 1, 0);
            assert_eq!(load_16(number, 0), 11);
        }
    }
}
