//! Typed arguments from slices and numbers.

use std::marker::PhantomData;

use num_complex::Complex;
use shiver_signature::{Scalar, Signature, Type};

use crate::Error;

/// A type that an array of Shiver's can have for its elements, and a body for its parameters.
///
/// # Safety
///
/// `SCALAR` describes the type's layout, and every bit pattern that a C program can store is a valid
/// value of the type, `bool` being 0 or 1 in both languages.
pub unsafe trait Element: Copy + Send + Sync + 'static {
    /// Its name in C and NumPy.
    const SCALAR: Scalar;
}

macro_rules! elements {
    ($($ty:ty => $scalar:ident),* $(,)?) => {$(
        // SAFETY: the layouts are the same, and all but `bool` are plain numbers.
        unsafe impl Element for $ty {
            const SCALAR: Scalar = Scalar::$scalar;
        }
    )*};
}
elements! {
    bool => Bool, i8 => Int8, i16 => Int16, i32 => Int32, i64 => Int64,
    u8 => UInt8, u16 => UInt16, u32 => UInt32, u64 => UInt64,
    half::f16 => Float16, f32 => Float32, f64 => Float64,
    Complex<f32> => Complex64, Complex<f64> => Complex128,
}

/// The fixed arguments of a loop, in the order of the function's parameters.
///
/// ```
/// let (x, mut y) = ([1.0f64; 8], [0.0f64; 8]);
/// let args = shiver::Args::new().slice(&x).slice_mut(&mut y).scalar(2.5f64);
/// assert_eq!(args.len(), 3);
/// ```
#[derive(Debug, Default)]
pub struct Args<'a> {
    args: Vec<Arg>,
    borrows: PhantomData<&'a mut ()>,
}

#[derive(Debug)]
enum Arg {
    Slice { scalar: Scalar, address: u64, writable: bool },
    Pointer { address: u64 },
    Scalar { scalar: Scalar, value: [u64; 2] },
}

impl<'a> Args<'a> {
    /// No arguments.
    pub fn new() -> Args<'a> {
        Args::default()
    }

    /// Adds a slice that the body may read: for a `const` pointer.
    #[must_use]
    pub fn slice<T: Element>(mut self, slice: &'a [T]) -> Args<'a> {
        let address = slice.as_ptr() as u64;
        self.args.push(Arg::Slice { scalar: T::SCALAR, address, writable: false });
        self
    }

    /// Adds a slice that the body may write.
    #[must_use]
    pub fn slice_mut<T: Element>(mut self, slice: &'a mut [T]) -> Args<'a> {
        let address = slice.as_mut_ptr() as u64;
        self.args.push(Arg::Slice { scalar: T::SCALAR, address, writable: true });
        self
    }

    /// Adds an address, for a pointer of any type.
    #[must_use]
    pub fn pointer<T>(mut self, pointer: *mut T) -> Args<'a> {
        self.args.push(Arg::Pointer { address: pointer as u64 });
        self
    }

    /// Adds a number of exactly the parameter's type.
    #[must_use]
    pub fn scalar<T: Element>(mut self, number: T) -> Args<'a> {
        let mut value = [0u64; 2];
        // SAFETY: an element is at most 16 bytes of plain data, and the machine is little-endian, so
        // its value lies in the low bytes.
        unsafe { value.as_mut_ptr().cast::<T>().write_unaligned(number) };
        self.args.push(Arg::Scalar { scalar: T::SCALAR, value });
        self
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.args.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    /// The words of the frame, once there are as many arguments as parameters before the indices, and
    /// every one is what its parameter takes. Complex numbers are pointed to where they stand in `self`.
    pub(crate) fn words(&self, signature: &Signature, indices: usize) -> Result<Vec<u64>, Error> {
        check_count(signature, indices, self.len())?;
        let pairs = self.args.iter().zip(&signature.params);
        let word = |(k, (arg, param)): (usize, (&Arg, &shiver_signature::Param))| {
            let wrong = |message: String| Error::Argument {
                parameter: if param.name.is_empty() { k.to_string() } else { param.name.clone() },
                message,
            };
            match (arg, &param.ty) {
                (Arg::Pointer { address }, Type::Pointer(_)) => Ok(*address),
                (Arg::Slice { scalar, address, writable }, Type::Pointer(pointer)) => {
                    if let Some(element) = pointer.to.as_scalar()
                        && !agree(*scalar, element)
                        && !pointer.takes_for_its_bits(*scalar)
                    {
                        return Err(wrong(format!("a slice of {scalar} for {}", param.ty)));
                    }
                    if !writable && !pointer.is_const {
                        return Err(wrong(format!(
                            "a shared slice for {}, through which the body may write: use \
                             slice_mut, or declare the parameter const",
                            param.ty
                        )));
                    }
                    Ok(*address)
                }
                (Arg::Scalar { scalar, value }, Type::Scalar(wanted))
                    if agree(*scalar, *wanted) =>
                {
                    Ok(if wanted.is_complex() { value.as_ptr() as u64 } else { value[0] })
                }
                (Arg::Scalar { scalar, .. }, ty) => Err(wrong(format!("a {scalar} for {ty}"))),
                (_, ty) => Err(wrong(format!("an array for {ty}"))),
            }
        };
        pairs.enumerate().map(word).collect()
    }
}

/// Refuses another number of arguments than the parameters and indices leave room for.
pub(crate) fn check_count(
    signature: &Signature,
    indices: usize,
    given: usize,
) -> Result<(), Error> {
    let fixed = signature.params.len().checked_sub(indices);
    if fixed == Some(given) {
        return Ok(());
    }
    let expected = fixed.unwrap_or(0);
    Err(Error::ArgumentCount { signature: signature.to_string(), expected, given })
}

/// Whether memory of one type may be taken for memory of the other.
pub(crate) fn agree(given: Scalar, wanted: Scalar) -> bool {
    let byte = |s| matches!(s, Scalar::Int8 | Scalar::UInt8 | Scalar::Char);
    given == wanted || (wanted == Scalar::Char && byte(given))
}
