//! What compilers expect every program to be linked with, and no shared library has, or not every
//! machine's.
//!
//! Numbers of 16 bits come and go in vector registers. Rust has no such type whose way of travelling is
//! settled, so the functions take and give `f32`, which travel in the same registers, and use half of
//! the bits.

use std::ffi::c_void;

use half::f16;

/// The address of what a name stands for.
pub(crate) fn address(name: &str) -> Option<usize> {
    let address = match name {
        "__truncsfhf2" | "__gnu_f2h_ieee" => single_to_half as *const (),
        "__truncdfhf2" => double_to_half as *const (),
        "__extendhfsf2" | "__gnu_h2f_ieee" => half_to_single as *const (),
        "__extendhfdf2" => half_to_double as *const (),
        "__truncsfbf2" => single_to_brain as *const (),
        "__truncdfbf2" => double_to_brain as *const (),
        "atexit" => libc_static::atexit as *const (),
        "at_quick_exit" => libc_static::at_quick_exit as *const (),
        "pthread_atfork" => libc_static::pthread_atfork as *const (),
        _ => return None,
    };
    Some(address as usize)
}

/// Whether a function of that name keeps a function that it is given, and calls it later: code that
/// calls it has to stay.
pub(crate) fn keeps_functions(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "atexit",
        "at_quick_exit",
        "on_exit",
        "pthread_atfork",
        "pthread_create",
        "pthread_key_create",
        "sigaction",
        "signal",
        "thrd_create",
    ];
    NAMES.contains(&name)
}

/// What the C library links into each program.
mod libc_static {
    unsafe extern "C" {
        pub(super) fn atexit();
        pub(super) fn at_quick_exit();
        pub(super) fn pthread_atfork();
    }
}

/// What C++ needs, of the C++ library that is linked in, since the process may have none.
pub(crate) fn cxx(name: &str) -> Option<usize> {
    macro_rules! known {
        ($($symbol:literal $ours:ident;)*) => {{
            unsafe extern "C" {
                $(#[link_name = $symbol] static $ours: c_void;)*
            }
            match name {
                $($symbol => Some(&raw const $ours as usize),)*
                _ => None,
            }
        }};
    }
    // In the Itanium ABI's mangling `m` is `size_t`, `Pv` is `void *`, `St11align_val_t` and
    // `RKSt9nothrow_t` are those of <new>.
    known! {
        "_Znwm" new;
        "_Znam" new_array;
        "_ZdlPv" delete;
        "_ZdaPv" delete_array;
        "_ZdlPvm" delete_sized;
        "_ZdaPvm" delete_array_sized;
        "_ZnwmSt11align_val_t" new_aligned;
        "_ZnamSt11align_val_t" new_array_aligned;
        "_ZdlPvSt11align_val_t" delete_aligned;
        "_ZdaPvSt11align_val_t" delete_array_aligned;
        "_ZdlPvmSt11align_val_t" delete_sized_aligned;
        "_ZdaPvmSt11align_val_t" delete_array_sized_aligned;
        "_ZnwmRKSt9nothrow_t" new_nothrow;
        "_ZnamRKSt9nothrow_t" new_array_nothrow;
        "_ZdlPvRKSt9nothrow_t" delete_nothrow;
        "_ZdaPvRKSt9nothrow_t" delete_array_nothrow;
        "_ZSt7nothrow" nothrow;
        "_ZSt9terminatev" terminate;
        "__cxa_guard_acquire" guard_acquire;
        "__cxa_guard_release" guard_release;
        "__cxa_guard_abort" guard_abort;
        "__cxa_pure_virtual" pure_virtual;
        "__cxa_deleted_virtual" deleted_virtual;
        "__cxa_throw_bad_array_new_length" bad_array_new_length;
    }
}

/// The nearest number of 32 bits towards zero, with the last bit set where that is not exact. What is
/// rounded from it is what would be rounded from the number itself.
fn to_odd(number: f64) -> f32 {
    let nearest = number as f32;
    if number.is_nan() || f64::from(nearest) == number {
        return nearest;
    }
    let above = f64::from(nearest).abs() > number.abs();
    f32::from_bits((nearest.to_bits() - u32::from(above)) | 1)
}

fn brain(number: f32) -> u32 {
    let bits = number.to_bits();
    if number.is_nan() {
        return (bits >> 16) | 0x40; // A quiet one.
    }
    (bits + 0x7fff + ((bits >> 16) & 1)) >> 16
}

extern "C" fn single_to_half(number: f32) -> f32 {
    f32::from_bits(f16::from_f32(number).to_bits().into())
}

extern "C" fn double_to_half(number: f64) -> f32 {
    single_to_half(to_odd(number))
}

extern "C" fn half_to_single(number: f32) -> f32 {
    f16::from_bits(number.to_bits() as u16).to_f32()
}

extern "C" fn half_to_double(number: f32) -> f64 {
    half_to_single(number).into()
}

extern "C" fn single_to_brain(number: f32) -> f32 {
    f32::from_bits(brain(number))
}

extern "C" fn double_to_brain(number: f64) -> f32 {
    f32::from_bits(brain(to_odd(number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The nearest of all numbers of 16 bits, of two the one whose last bit is 0. The first too large
    /// stands for infinity, as if it were a number.
    fn nearest(number: f64, value: impl Fn(u16) -> f64, infinity: u16) -> u16 {
        let value = |bits: u16| {
            if bits < infinity {
                value(bits)
            } else {
                2.0 * value(infinity - 1) - value(infinity - 2)
            }
        };
        // What is larger still is as far from all of them, as far as doubles can tell.
        let sign = if number.is_sign_negative() { 1 << 15 } else { 0 };
        let number = number.abs().min(value(infinity));
        let distance = |bits: &u16| ((value(*bits) - number).abs(), *bits & 1);
        let best = (0..=infinity).min_by(|a, b| distance(a).partial_cmp(&distance(b)).unwrap());
        best.unwrap() | sign
    }

    fn half(bits: u16) -> f64 {
        f16::from_bits(bits).into()
    }

    fn brain_value(bits: u16) -> f64 {
        f32::from_bits(u32::from(bits) << 16).into()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// Halfway between two numbers, and a little to each side of it.
        #[test]
        fn doubles_are_rounded_once(bits in 0u16..0x7c00, brain_bits in 0u16..0x7f80, side in -1i64..=1, minus: bool) {
            let near = |value: &dyn Fn(u16) -> f64, bits: u16, infinity: u16| {
                let next = if bits + 1 < infinity { value(bits + 1) } else { 2.0 * value(bits) - value(bits - 1) };
                let half_way = (value(bits) + next) / 2.0;
                let number = f64::from_bits((half_way.to_bits() as i64 + side) as u64);
                if minus { -number } else { number }
            };
            let number = near(&half, bits, 0x7c00);
            prop_assert_eq!(double_to_half(number).to_bits() as u16, nearest(number, half, 0x7c00));
            let number = near(&brain_value, brain_bits, 0x7f80);
            prop_assert_eq!(double_to_brain(number).to_bits() as u16, nearest(number, brain_value, 0x7f80));
        }

        #[test]
        fn all_kinds_of_doubles_are_rounded_once(number in any::<f64>()) {
            prop_assert_eq!(double_to_half(number).to_bits() as u16, nearest(number, half, 0x7c00));
            prop_assert_eq!(double_to_brain(number).to_bits() as u16, nearest(number, brain_value, 0x7f80));
        }
    }

    #[test]
    fn numbers_of_16_bits_come_back() {
        for bits in 0..=u16::MAX {
            let number = half_to_single(f32::from_bits(bits.into()));
            let back = single_to_half(number).to_bits() as u16;
            assert!(back == bits || number.is_nan() && f16::from_bits(back).is_nan());
            assert_eq!(
                half_to_double(f32::from_bits(bits.into())).to_bits(),
                f64::from(number).to_bits()
            );
            let number = f32::from_bits(u32::from(bits) << 16);
            let back = single_to_brain(number).to_bits() as u16;
            assert!(back == bits || number.is_nan() && back == bits | 0x40);
        }
    }

    #[test]
    fn all_that_is_named_is_there() {
        for name in ["atexit", "at_quick_exit", "pthread_atfork", "__truncdfbf2"] {
            assert!(address(name).is_some_and(|address| address != 0), "{name}");
        }
        for name in ["_ZnwmSt11align_val_t", "_ZSt7nothrow", "__cxa_guard_acquire"] {
            assert!(cxx(name).is_some_and(|address| address != 0), "{name}");
        }
        assert_eq!((address("no_such_builtin"), cxx("no_such_builtin")), (None, None));
    }
}
