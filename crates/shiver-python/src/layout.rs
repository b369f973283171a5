//! Whether a dtype and a C type lay memory out alike.

use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::prelude::*;
use shiver::{Pointer, Scalar, Type};

/// Whether an array of that dtype can be taken for what `pointer` points to.
pub(crate) fn behind(dtype: &Bound<'_, PyArrayDescr>, pointer: &Pointer) -> PyResult<bool> {
    if pointer.signless
        && let (Some(given), Some(wanted)) = (scalar_of(dtype), pointer.to.as_scalar())
        && wanted.other_sign() == Some(given)
    {
        return Ok(true);
    }
    agrees(dtype, &pointer.to)
}

/// Whether an array of that dtype can be taken for an array of `element`.
fn agrees(dtype: &Bound<'_, PyArrayDescr>, element: &Type) -> PyResult<bool> {
    match element {
        Type::Scalar(scalar) => Ok(scalar_of(dtype).is_some_and(|given| alike(given, *scalar))),
        Type::Struct(layout) => {
            let Some(names) = dtype.names() else { return Ok(false) };
            if dtype.itemsize() as u64 != layout.size || names.len() != layout.fields.len() {
                return Ok(false);
            }
            for (name, field) in names.iter().zip(&layout.fields) {
                let (dtype, offset) = dtype.get_field(name)?;
                if offset as u64 != field.offset || !agrees(&dtype, &field.ty)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Type::Array { of, len } => {
            // NumPy flattens nested subarrays into one shape; C nests one dimension in another.
            let (mut of, mut count) = (of, *len);
            while let Type::Array { of: inner, len } = &**of {
                (of, count) = (inner, count * len);
            }
            let (base, given) = if dtype.has_subarray() {
                (dtype.base(), dtype.shape().iter().product::<usize>() as u64)
            } else {
                (dtype.clone(), 1)
            };
            // Text in `char name[n]` is one value to NumPy, `S<n>`.
            if base.kind() == b'S' && of.as_scalar() == Some(Scalar::Char) {
                return Ok(given * base.itemsize() as u64 == count);
            }
            Ok(dtype.has_subarray() && given == count && agrees(&base, of)?)
        }
        Type::Pointer(_) => Ok(matches!(scalar_of(dtype), Some(Scalar::Int64 | Scalar::UInt64))),
        Type::Void | Type::Unknown => Ok(true),
        Type::Opaque(_) | Type::Unsupported(_) => Ok(false),
    }
}

/// Whether every number in such an array is in this machine's byte order: fields, the elements of
/// subarrays, and theirs in turn.
pub(crate) fn is_native(dtype: &Bound<'_, PyArrayDescr>) -> PyResult<bool> {
    if let Some(names) = dtype.names() {
        for name in names {
            if !is_native(&dtype.get_field(&name)?.0)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    if dtype.has_subarray() {
        return is_native(&dtype.base());
    }
    Ok(dtype.is_native_byteorder() != Some(false))
}

/// The scalar that a dtype stands for, whatever its byte order.
pub(crate) fn scalar_of(dtype: &Bound<'_, PyArrayDescr>) -> Option<Scalar> {
    let scalar = match (dtype.kind(), dtype.itemsize()) {
        (b'b', 1) => Scalar::Bool,
        (b'i', 1) => Scalar::Int8,
        (b'i', 2) => Scalar::Int16,
        (b'i', 4) => Scalar::Int32,
        (b'i', 8) | (b'M' | b'm', 8) => Scalar::Int64,
        (b'u', 1) => Scalar::UInt8,
        (b'u', 2) => Scalar::UInt16,
        (b'u', 4) => Scalar::UInt32,
        (b'u', 8) => Scalar::UInt64,
        (b'f', 2) => Scalar::Float16,
        (b'f', 4) => Scalar::Float32,
        (b'f', 8) => Scalar::Float64,
        (b'c', 8) => Scalar::Complex64,
        (b'c', 16) => Scalar::Complex128,
        (b'S', 1) => Scalar::Char,
        _ => return None,
    };
    Some(scalar)
}

/// Whether memory of one scalar can be taken for memory of the other.
pub(crate) fn alike(given: Scalar, wanted: Scalar) -> bool {
    let byte = |s| matches!(s, Scalar::Int8 | Scalar::UInt8 | Scalar::Char);
    given == wanted
        || matches!((given, wanted), (Scalar::Bool, Scalar::UInt8) | (Scalar::UInt8, Scalar::Bool))
        || ((given == Scalar::Char || wanted == Scalar::Char) && byte(given) && byte(wanted))
}

/// NumPy's name for a type's elements, where it has one: `int8` for plain `char`.
pub(crate) fn numpy_name(element: &Type) -> Option<&'static str> {
    match element.as_scalar()? {
        Scalar::Char => Some("int8"),
        scalar => Some(scalar.name()),
    }
}
