//! Whether a dtype and a C type lay memory out alike.

use std::ffi::c_int;
use std::sync::atomic::{AtomicPtr, Ordering};

use numpy::npyffi::{NPY_TYPES, PY_ARRAY_API, PyArray_Descr};
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::prelude::*;
use shiver::{Pointer, Scalar, Type};

use crate::record;

/// Has NumPy's C interface looked up, so that a process's first loop finds it: to learn which NumPy it is, the crate has
/// a regular expression compiled, for 80 µs.
pub(crate) fn find_numpy(py: Python<'_>) -> PyResult<()> {
    py.import("numpy")?;
    numpy::npyffi::is_numpy_2(py);
    Ok(())
}

/// The dtype of a scalar, in this machine's byte order.
pub(crate) fn dtype(py: Python<'_>, scalar: Scalar) -> PyResult<Bound<'_, PyArrayDescr>> {
    // SAFETY: NumPy's own dtypes live as long as the interpreter.
    unsafe { Ok(Bound::from_borrowed_ptr(py, builtin(py, scalar)?.cast()).cast_into_unchecked()) }
}

/// Whether an array's dtype is NumPy's own for that scalar. True of nearly all arrays that fit; where it is not, the dtype
/// may fit all the same.
pub(crate) fn is_builtin(
    py: Python<'_>,
    dtype: *const PyArray_Descr,
    scalar: Scalar,
) -> PyResult<bool> {
    Ok(std::ptr::eq(dtype, builtin(py, scalar)?))
}

/// NumPy's own dtype for a scalar: there is one of each, which NumPy looks up by a number.
fn builtin(py: Python<'_>, scalar: Scalar) -> PyResult<*mut PyArray_Descr> {
    /// Those that were asked for before.
    static KNOWN: [AtomicPtr<PyArray_Descr>; 16] =
        [const { AtomicPtr::new(std::ptr::null_mut()) }; 16];
    let number = match scalar {
        Scalar::Bool => NPY_TYPES::NPY_BOOL,
        Scalar::Char | Scalar::Int8 => NPY_TYPES::NPY_BYTE,
        Scalar::Int16 => NPY_TYPES::NPY_SHORT,
        Scalar::Int32 => NPY_TYPES::NPY_INT,
        Scalar::Int64 => NPY_TYPES::NPY_LONG,
        Scalar::UInt8 => NPY_TYPES::NPY_UBYTE,
        Scalar::UInt16 => NPY_TYPES::NPY_USHORT,
        Scalar::UInt32 => NPY_TYPES::NPY_UINT,
        Scalar::UInt64 => NPY_TYPES::NPY_ULONG,
        Scalar::Float16 => NPY_TYPES::NPY_HALF,
        Scalar::Float32 => NPY_TYPES::NPY_FLOAT,
        Scalar::Float64 => NPY_TYPES::NPY_DOUBLE,
        Scalar::Complex64 => NPY_TYPES::NPY_CFLOAT,
        Scalar::Complex128 => NPY_TYPES::NPY_CDOUBLE,
    };
    let known = &KNOWN[scalar as usize];
    let dtype = known.load(Ordering::Relaxed);
    if !dtype.is_null() {
        return Ok(dtype);
    }
    // SAFETY: NumPy knows the number, and gives a new reference, which is kept, or null with an exception set.
    let dtype = unsafe { PY_ARRAY_API.PyArray_DescrFromType(py, number as c_int) };
    if dtype.is_null() {
        return Err(PyErr::fetch(py));
    }
    known.store(dtype, Ordering::Relaxed);
    Ok(dtype)
}

/// Whether an array of that dtype can be taken for what `pointer` points to. Python's objects never can:
/// a body knows neither their layout nor their owners.
pub(crate) fn behind(dtype: &Bound<'_, PyArrayDescr>, pointer: &Pointer) -> PyResult<bool> {
    if scalar_of(dtype).is_some_and(|given| pointer.takes_for_its_bits(given)) {
        return Ok(true);
    }
    Ok(!dtype.has_object() && agrees(dtype, &pointer.to)?)
}

/// Whether an array of that dtype can be taken for an array of `element`.
pub(crate) fn agrees(dtype: &Bound<'_, PyArrayDescr>, element: &Type) -> PyResult<bool> {
    match element {
        Type::Scalar(scalar) => Ok(scalar_of(dtype).is_some_and(|given| alike(given, *scalar))),
        Type::Struct(layout) => Ok(record::disagreement(dtype, layout, "")?.is_none()),
        Type::Array { of, len } => {
            // NumPy flattens nested subarrays into one shape; C nests one dimension in another.
            let (mut of, mut shape) = (of, vec![*len]);
            while let Type::Array { of: inner, len } = &**of {
                of = inner;
                shape.push(*len);
            }
            let (base, given) = if dtype.has_subarray() {
                (dtype.base(), dtype.shape().into_iter().map(|n| n as u64).collect())
            } else {
                (dtype.clone(), vec![])
            };
            // All in one row is as good as the shape itself.
            let count = |shape: &[u64]| shape.iter().product::<u64>();
            let fits = |given: &[u64]| {
                given == shape || (given.len() != shape.len() && count(given) == count(&shape))
            };
            // Text in `char name[n]` is one value to NumPy, `S<n>`.
            if base.kind() == b'S' && of.as_scalar() == Some(Scalar::Char) {
                return Ok(fits(&[given, vec![base.itemsize() as u64]].concat()));
            }
            Ok(dtype.has_subarray() && fits(&given) && agrees(&base, of)?)
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
