//! The declared types of a loop body.
//!
//! LLVM's pointers are opaque and its integers have no sign, so what the C programmer wrote is kept
//! beside the code: as JSON, in the bitcode's named metadata [`METADATA`], one string per function.
//! It therefore survives pickling and caching like the code itself.
//!
//! * [`scalar`]: the element types, with their sizes and NumPy names
//! * [`ty`]: pointers, structs and the rest of what a parameter can be declared as
//! * [`function`]: a whole [`Signature`]

pub mod function;
pub mod scalar;
pub mod ty;

pub use function::{Origin, Param, Signature};
pub use scalar::Scalar;
pub use ty::{Dim, Field, Pointer, Struct, Type};

/// The name of the module-level metadata that holds the signatures: each operand is a node of one
/// string, and each string is a [`Signature`] in JSON.
pub const METADATA: &str = "shiver.signatures";
