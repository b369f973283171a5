//! Arrays that collect results, and single results.

use half::f16;
use numpy::npyffi::{PY_ARRAY_API, npy_intp};
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyComplex;
use shiver::{Scalar, Signature, Space, Type};

use crate::array::{ALIGNED, WRITEABLE};
use crate::layout::dtype;

/// An array for the results of a loop, and where its elements begin.
pub(crate) struct Results {
    pub(crate) array: Py<PyAny>,
    /// As a number, which may go to another thread.
    pub(crate) data: usize,
}

/// The array for the results of a loop: `out` where it is given and fits, else a new one; `None` for
/// a body that returns nothing.
pub(crate) fn array<'py>(
    py: Python<'py>,
    signature: &Signature,
    space: &Space,
    out: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Results>> {
    let Some(scalar) = signature.returns.as_scalar() else {
        return match (out, &signature.returns) {
            (None, _) => Ok(None),
            (Some(_), _) => Err(PyTypeError::new_err(format!(
                "{signature} returns nothing that out= could collect: leave it out"
            ))),
        };
    };
    let dtype = dtype(py, scalar)?;
    let array = match out {
        Some(out) => check_out(out, &dtype, space)?,
        None => new_array(py, dtype, space)?,
    };
    let data = data(&array) as usize;
    Ok(Some(Results { array: array.unbind(), data }))
}

/// A value as a NumPy scalar.
pub(crate) fn numpy_scalar(
    py: Python<'_>,
    scalar: Scalar,
    mut bits: [u64; 2],
) -> PyResult<Py<PyAny>> {
    let dtype = dtype(py, scalar)?;
    // SAFETY: NumPy copies a value of that dtype, at most 16 bytes, and gives a new reference, or null
    // with an exception set.
    unsafe {
        let made = PY_ARRAY_API.PyArray_Scalar(
            py,
            bits.as_mut_ptr().cast(),
            dtype.as_dtype_ptr(),
            std::ptr::null_mut(),
        );
        Ok(Bound::from_owned_ptr_or_err(py, made)?.unbind())
    }
}

fn new_array<'py>(
    py: Python<'py>,
    dtype: Bound<'py, PyArrayDescr>,
    space: &Space,
) -> PyResult<Bound<'py, PyAny>> {
    let mut shape: Vec<npy_intp> = space.trips().map(|n| n as npy_intp).collect();
    let dims = shape.len() as i32;
    // SAFETY: NumPy takes over the reference to the dtype, reads as many extents as there are, and
    // gives a new array, or null with an exception set.
    unsafe {
        let array =
            PY_ARRAY_API.PyArray_Empty(py, dims, shape.as_mut_ptr(), dtype.into_dtype_ptr(), 0);
        Bound::from_owned_ptr_or_err(py, array)
    }
}

fn check_out<'py>(
    out: &Bound<'py, PyAny>,
    dtype: &Bound<'py, PyArrayDescr>,
    space: &Space,
) -> PyResult<Bound<'py, PyAny>> {
    let Ok(array) = out.cast::<PyUntypedArray>() else {
        return Err(PyTypeError::new_err(format!(
            "out must be a NumPy array, not {}",
            out.get_type().name()?
        )));
    };
    if !array.dtype().is_equiv_to(dtype) {
        return Err(PyTypeError::new_err(format!(
            "out has dtype {}, and the results are {dtype}",
            array.dtype()
        )));
    }
    let shape = space.shape();
    if !array.shape().iter().map(|&n| n as u64).eq(shape.iter().copied()) {
        return Err(PyValueError::new_err(format!(
            "out has shape {}, and the results have shape ({}{})",
            out.getattr("shape")?,
            shape.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
            if shape.len() == 1 { "," } else { "" }
        )));
    }
    if !array.is_c_contiguous() {
        return Err(PyValueError::new_err("out is not C-contiguous"));
    }
    // SAFETY: see `array::pass_array`.
    let flags = unsafe { (*array.as_array_ptr()).fields.flags };
    if flags & ALIGNED == 0 {
        return Err(PyValueError::new_err(format!(
            "out is not aligned for its dtype {dtype}: pass np.require(x, requirements='A')"
        )));
    }
    if flags & WRITEABLE == 0 {
        return Err(PyValueError::new_err("out is read-only"));
    }
    Ok(out.clone())
}

/// Where the elements of an array begin.
fn data(array: &Bound<'_, PyAny>) -> *mut u8 {
    let array = array.cast::<PyUntypedArray>().expect("made or checked above");
    // SAFETY: see `array::pass_array`.
    unsafe { (*array.as_array_ptr()).fields.data.cast() }
}

/// A single result as a plain Python value: a bool, an int, a float or a complex; an address for a
/// pointer; `None` for nothing.
pub(crate) fn value(py: Python<'_>, returns: &Type, bits: [u64; 2]) -> PyResult<Py<PyAny>> {
    let [low, high] = bits;
    let scalar = match returns {
        Type::Scalar(scalar) => *scalar,
        Type::Pointer(_) => Scalar::UInt64,
        _ => return Ok(py.None()),
    };
    match scalar {
        Scalar::Bool => (low as u8 != 0).into_py_any(py),
        Scalar::Char | Scalar::Int8 => (low as i8).into_py_any(py),
        Scalar::Int16 => (low as i16).into_py_any(py),
        Scalar::Int32 => (low as i32).into_py_any(py),
        Scalar::Int64 => (low as i64).into_py_any(py),
        Scalar::UInt8 => (low as u8).into_py_any(py),
        Scalar::UInt16 => (low as u16).into_py_any(py),
        Scalar::UInt32 => (low as u32).into_py_any(py),
        Scalar::UInt64 => low.into_py_any(py),
        Scalar::Float16 => f16::from_bits(low as u16).to_f64().into_py_any(py),
        Scalar::Float32 => f64::from(f32::from_bits(low as u32)).into_py_any(py),
        Scalar::Float64 => f64::from_bits(low).into_py_any(py),
        Scalar::Complex64 => {
            let part = |bits: u64| f64::from(f32::from_bits(bits as u32));
            PyComplex::from_doubles(py, part(low), part(low >> 32)).into_py_any(py)
        }
        Scalar::Complex128 => {
            PyComplex::from_doubles(py, f64::from_bits(low), f64::from_bits(high)).into_py_any(py)
        }
    }
}
