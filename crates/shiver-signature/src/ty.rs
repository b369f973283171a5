//! What a parameter, a field or a return value can be declared as.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Scalar;

/// A declared type, typedefs resolved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// No value; behind a pointer, memory of any type.
    Void,
    /// A number.
    Scalar(Scalar),
    /// An address.
    Pointer(Box<Pointer>),
    /// A C struct; only behind a pointer or inside another struct.
    Struct(Box<Struct>),
    /// An array inside a struct.
    Array {
        /// The type of one element.
        of: Box<Type>,
        /// The number of elements.
        len: u64,
    },
    /// Known by its C name alone, such as `FILE` or a function; only behind a pointer.
    Opaque(String),
    /// Behind a pointer of which nothing says what it points to.
    Unknown,
    /// What cannot be passed to a body, under its C name: a struct by value, `long double`…
    Unsupported(String),
}

/// A pointer and what it reaches.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pointer {
    /// The type of one element.
    pub to: Type,
    /// Whether the body promises not to write through it.
    #[serde(rename = "const", default)]
    pub is_const: bool,
    /// Whether integers behind it may be of either sign: LLVM's have none, so what comes from a
    /// compiler that says no more than LLVM does fits both.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signless: bool,
    /// The trailing dimensions of the array, all but the outermost: `[3]` for `double (*x)[3]`,
    /// `[m]` for `double x[n][m]`, none for `double *x`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dims: Vec<Dim>,
}

/// The extent of one dimension of an array parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dim {
    /// A constant.
    Const(u64),
    /// The value of the parameter at this position.
    Param(usize),
    /// Any other expression: not checked.
    Unknown,
}

/// A C struct as it lies in memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Struct {
    /// Its tag or typedef; empty where it has neither.
    pub name: String,
    /// Its size in bytes, padding included.
    pub size: u64,
    /// Its alignment in bytes.
    pub align: u64,
    /// Its members in the order of their declaration.
    pub fields: Vec<Field>,
}

/// A member of a [`Struct`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
}

impl Pointer {
    /// Whether memory of `scalar` is, to a compiler that knows no signs, what this points to.
    ///
    /// ```
    /// use shiver_signature::{Pointer, Scalar, Type};
    /// let to = Type::Scalar(Scalar::Int8);
    /// let pointer = Pointer { to, is_const: false, signless: true, dims: vec![] };
    /// assert!(pointer.takes_for_its_bits(Scalar::UInt8) && pointer.takes_for_its_bits(Scalar::Bool));
    /// assert!(!pointer.takes_for_its_bits(Scalar::Int16));
    /// ```
    pub fn takes_for_its_bits(&self, scalar: Scalar) -> bool {
        let Some(element) = self.to.as_scalar().filter(|_| self.signless) else { return false };
        let is_byte = matches!(element, Scalar::Int8 | Scalar::UInt8);
        element.other_sign() == Some(scalar) || is_byte && scalar == Scalar::Bool
    }
}

impl Type {
    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<Scalar> {
        if let Type::Scalar(scalar) = self { Some(*scalar) } else { None }
    }

    /// The pointer, if it is one.
    pub fn as_pointer(&self) -> Option<&Pointer> {
        if let Type::Pointer(pointer) = self { Some(pointer) } else { None }
    }
}

/// The type as in a C prototype, with NumPy's names: `const float32*`, `float64 (*)[m]` being
/// written by [`Signature`](crate::Signature), which knows the names of the parameters.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Void => f.write_str("void"),
            Type::Scalar(scalar) => scalar.fmt(f),
            Type::Pointer(pointer) => {
                let qualifier = if pointer.is_const { "const " } else { "" };
                write!(f, "{qualifier}{}*", pointer.to)
            }
            Type::Struct(s) if s.name.is_empty() => f.write_str("struct"),
            Type::Struct(s) => write!(f, "struct {}", s.name),
            Type::Array { of, len } => write!(f, "{of}[{len}]"),
            Type::Opaque(name) | Type::Unsupported(name) => f.write_str(name),
            Type::Unknown => f.write_str("void"),
        }
    }
}
