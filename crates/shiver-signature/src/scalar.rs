//! Element types.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A scalar, under NumPy's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scalar {
    /// C's `_Bool`: one byte that is 0 or 1.
    Bool,
    /// Plain `char`: a byte of either sign, as a dtype.
    Char,
    /// 8 bits, signed.
    Int8,
    /// 16 bits, signed.
    Int16,
    /// 32 bits, signed.
    Int32,
    /// 64 bits, signed.
    Int64,
    /// 8 bits, unsigned.
    UInt8,
    /// 16 bits, unsigned.
    UInt16,
    /// 32 bits, unsigned.
    UInt32,
    /// 64 bits, unsigned.
    UInt64,
    /// IEEE half precision, C's `_Float16`.
    Float16,
    /// IEEE single precision.
    Float32,
    /// IEEE double precision.
    Float64,
    /// Two `float32`: C's `float _Complex`.
    Complex64,
    /// Two `float64`: C's `double _Complex`.
    Complex128,
}

impl Scalar {
    /// All of them, in the order of their declaration.
    pub const ALL: [Scalar; 15] = [
        Scalar::Bool,
        Scalar::Char,
        Scalar::Int8,
        Scalar::Int16,
        Scalar::Int32,
        Scalar::Int64,
        Scalar::UInt8,
        Scalar::UInt16,
        Scalar::UInt32,
        Scalar::UInt64,
        Scalar::Float16,
        Scalar::Float32,
        Scalar::Float64,
        Scalar::Complex64,
        Scalar::Complex128,
    ];

    /// NumPy's name, `"char"` for plain `char`.
    ///
    /// ```
    /// use shiver_signature::Scalar;
    /// assert_eq!(Scalar::UInt16.name(), "uint16");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Scalar::Bool => "bool",
            Scalar::Char => "char",
            Scalar::Int8 => "int8",
            Scalar::Int16 => "int16",
            Scalar::Int32 => "int32",
            Scalar::Int64 => "int64",
            Scalar::UInt8 => "uint8",
            Scalar::UInt16 => "uint16",
            Scalar::UInt32 => "uint32",
            Scalar::UInt64 => "uint64",
            Scalar::Float16 => "float16",
            Scalar::Float32 => "float32",
            Scalar::Float64 => "float64",
            Scalar::Complex64 => "complex64",
            Scalar::Complex128 => "complex128",
        }
    }

    /// The scalar of that name.
    pub fn from_name(name: &str) -> Option<Scalar> {
        Scalar::ALL.into_iter().find(|scalar| scalar.name() == name)
    }

    /// Its size in bytes.
    pub fn size(self) -> usize {
        match self {
            Scalar::Bool | Scalar::Char | Scalar::Int8 | Scalar::UInt8 => 1,
            Scalar::Int16 | Scalar::UInt16 | Scalar::Float16 => 2,
            Scalar::Int32 | Scalar::UInt32 | Scalar::Float32 => 4,
            Scalar::Int64 | Scalar::UInt64 | Scalar::Float64 | Scalar::Complex64 => 8,
            Scalar::Complex128 => 16,
        }
    }

    /// Its alignment in bytes: a complex number is aligned as its parts are.
    pub fn align(self) -> usize {
        if self.is_complex() { self.size() / 2 } else { self.size() }
    }

    /// Whether it is an integer that can be an index: every one but `_Bool`.
    pub fn is_integer(self) -> bool {
        self.range().is_some() && self != Scalar::Bool
    }

    /// The integer of the same size and the other sign; `None` for `_Bool` and what is no integer.
    ///
    /// ```
    /// use shiver_signature::Scalar;
    /// assert_eq!(Scalar::UInt32.other_sign(), Some(Scalar::Int32));
    /// ```
    pub fn other_sign(self) -> Option<Scalar> {
        match self {
            Scalar::Int8 | Scalar::Char => Some(Scalar::UInt8),
            Scalar::Int16 => Some(Scalar::UInt16),
            Scalar::Int32 => Some(Scalar::UInt32),
            Scalar::Int64 => Some(Scalar::UInt64),
            Scalar::UInt8 => Some(Scalar::Int8),
            Scalar::UInt16 => Some(Scalar::Int16),
            Scalar::UInt32 => Some(Scalar::Int32),
            Scalar::UInt64 => Some(Scalar::Int64),
            _ => None,
        }
    }

    /// Whether it is a real floating-point type.
    pub fn is_float(self) -> bool {
        matches!(self, Scalar::Float16 | Scalar::Float32 | Scalar::Float64)
    }

    /// Whether it is a complex type.
    pub fn is_complex(self) -> bool {
        matches!(self, Scalar::Complex64 | Scalar::Complex128)
    }

    /// The least and the greatest value of an integer or `_Bool`; `None` for the others.
    /// Plain `char` is signed, as on x86.
    ///
    /// ```
    /// use shiver_signature::Scalar;
    /// assert_eq!(Scalar::Int8.range(), Some((-128, 127)));
    /// assert_eq!(Scalar::Float32.range(), None);
    /// ```
    pub fn range(self) -> Option<(i128, i128)> {
        let signed = |bits: u32| Some((-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1));
        let unsigned = |bits: u32| Some((0, (1i128 << bits) - 1));
        match self {
            Scalar::Bool => unsigned(1),
            Scalar::Char | Scalar::Int8 => signed(8),
            Scalar::Int16 => signed(16),
            Scalar::Int32 => signed(32),
            Scalar::Int64 => signed(64),
            Scalar::UInt8 => unsigned(8),
            Scalar::UInt16 => unsigned(16),
            Scalar::UInt32 => unsigned(32),
            Scalar::UInt64 => unsigned(64),
            _ => None,
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_json_and_leads_back() {
        for scalar in Scalar::ALL {
            let json = serde_json::to_string(&scalar).unwrap();
            assert_eq!(json, format!("\"{}\"", scalar.name()));
            assert_eq!(Scalar::from_name(scalar.name()), Some(scalar));
        }
        assert_eq!(Scalar::from_name("float128"), None);
    }
}
