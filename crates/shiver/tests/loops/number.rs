//! Arithmetic that C and Rust agree on, for every element type.

use std::fmt::Debug;

use shiver::Element;

/// A type in which generated bodies compute.
pub(crate) trait Number: Element + PartialEq + Debug + Default {
    /// In C: the type `T`, and the functions below.
    const FUNCTIONS: &'static str;
    fn of(value: i64) -> Self;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn mix(self, other: Self) -> Self;
    fn lt(self, other: Self) -> bool;
    fn at(self, n: usize) -> usize;
    /// Whether the bits are the same, all NaNs being one.
    fn same(self, other: Self) -> bool;
}

macro_rules! integers {
    ($($ty:ty => $c:literal),*) => {$(
        impl Number for $ty {
            const FUNCTIONS: &'static str = concat!(
                "typedef ", $c, " T;\n",
                "static T of(long a) { return (T)a; }\n",
                "static T add(T a, T b) { return (T)((unsigned long)a + (unsigned long)b); }\n",
                "static T sub(T a, T b) { return (T)((unsigned long)a - (unsigned long)b); }\n",
                "static T mul(T a, T b) { return (T)((unsigned long)a * (unsigned long)b); }\n",
                "static T mix(T a, T b) { return (T)((a ^ b) >> 1); }\n",
                "static int lt(T a, T b) { return a < b; }\n",
                "static unsigned at(T a, unsigned n) { return (unsigned char)a % n; }\n",
            );
            fn of(value: i64) -> $ty { value as $ty }
            fn add(self, other: $ty) -> $ty { self.wrapping_add(other) }
            fn sub(self, other: $ty) -> $ty { self.wrapping_sub(other) }
            fn mul(self, other: $ty) -> $ty { self.wrapping_mul(other) }
            fn mix(self, other: $ty) -> $ty { (self ^ other) >> 1 }
            fn lt(self, other: $ty) -> bool { self < other }
            fn at(self, n: usize) -> usize { usize::from(self as u8) % n }
            fn same(self, other: $ty) -> bool { self == other }
        }
    )*};
}
integers! {
    i8 => "signed char", u8 => "unsigned char", i16 => "short", u16 => "unsigned short",
    i32 => "int", u32 => "unsigned", i64 => "long", u64 => "unsigned long"
}

macro_rules! floats {
    ($($ty:ty => $c:literal),*) => {$(
        impl Number for $ty {
            const FUNCTIONS: &'static str = concat!(
                "typedef ", $c, " T;\n",
                "static T of(long a) { return (T)a; }\n",
                "static T add(T a, T b) { return a + b; }\n",
                "static T sub(T a, T b) { return a - b; }\n",
                "static T mul(T a, T b) { return a * b; }\n",
                "static T mix(T a, T b) { return a / b; }\n",
                "static int lt(T a, T b) { return a < b; }\n",
                "static unsigned at(T a, unsigned n) { return a > 0 ? (a < 100 ? (unsigned)a % n : 0) : n - 1; }\n",
            );
            fn of(value: i64) -> $ty { value as $ty }
            fn add(self, other: $ty) -> $ty { self + other }
            fn sub(self, other: $ty) -> $ty { self - other }
            fn mul(self, other: $ty) -> $ty { self * other }
            fn mix(self, other: $ty) -> $ty { self / other }
            fn lt(self, other: $ty) -> bool { self < other }
            fn at(self, n: usize) -> usize {
                match self {
                    a if a > 0.0 => if a < 100.0 { a as usize % n } else { 0 },
                    _ => n - 1,
                }
            }
            fn same(self, other: $ty) -> bool {
                self.to_bits() == other.to_bits() || (self.is_nan() && other.is_nan())
            }
        }
    )*};
}
floats! { f32 => "float", f64 => "double" }
