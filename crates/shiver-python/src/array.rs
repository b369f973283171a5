//! An array for a pointer.

use numpy::{PyArrayDescr, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyInt;
use shiver::{Pointer, Type};

use crate::label::Label;
use crate::layout;

pub(crate) const ALIGNED: i32 = 0x100;
pub(crate) const WRITEABLE: i32 = 0x400;

/// What an argument for a pointer came to.
pub(crate) struct Passed<'py> {
    pub(crate) address: u64,
    /// What was made of the argument, and has to be kept alive as the argument itself has.
    pub(crate) made: Option<Bound<'py, PyAny>>,
    /// The array, for its shape.
    pub(crate) array: Option<Bound<'py, PyUntypedArray>>,
}

/// Takes an argument for a pointer.
///
/// `label` is how messages name the argument.
pub(crate) fn pass<'py>(
    object: &Bound<'py, PyAny>,
    pointer: &Pointer,
    label: Label<'_>,
) -> PyResult<Passed<'py>> {
    if let Ok(array) = object.cast::<PyUntypedArray>() {
        return pass_array(array.clone(), pointer, label);
    }
    if object.is_none() {
        return Ok(Passed { address: 0, made: None, array: None });
    }
    if object.is_exact_instance_of::<PyInt>() {
        let address = read_address(object, label)?;
        return Ok(Passed { address, made: None, array: None });
    }
    let py = object.py();
    let found = py
        .import("shiver.arguments")?
        .call_method1("as_array_or_address", (object, label.to_string()))?;
    if let Ok(array) = found.cast::<PyUntypedArray>() {
        let passed = pass_array(array.clone(), pointer, label)?;
        return Ok(Passed { made: Some(found), ..passed });
    }
    let (address, dtype) = match found.extract::<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>)>() {
        Ok(pair) => pair,
        Err(_) => (found, None),
    };
    if let Some(dtype) = dtype {
        let dtype = dtype.cast_into::<PyArrayDescr>()?;
        if !layout::behind(&dtype, pointer)? {
            return Err(wrong_dtype(&dtype, pointer, label));
        }
        check_order(&dtype, label)?;
    }
    let address = read_address(&address, label)?;
    Ok(Passed { address, made: None, array: None })
}

fn read_address(object: &Bound<'_, PyAny>, label: Label<'_>) -> PyResult<u64> {
    object.extract::<u64>().map_err(|_| {
        pyo3::exceptions::PyOverflowError::new_err(format!("{label}: {object} is no address"))
    })
}

fn pass_array<'py>(
    array: Bound<'py, PyUntypedArray>,
    pointer: &Pointer,
    label: Label<'_>,
) -> PyResult<Passed<'py>> {
    // SAFETY: the array is alive, and this module is not built for free-threaded interpreters, so
    // the fields of its object are where NumPy's C interface says.
    let (data, flags, descr) = unsafe {
        let fields = &(*array.as_array_ptr()).fields;
        (fields.data as u64, fields.flags, fields.descr)
    };
    let scalar = pointer.to.as_scalar();
    if !scalar.map_or(Ok(false), |scalar| layout::is_builtin(array.py(), descr, scalar))? {
        let dtype = array.dtype();
        if !layout::behind(&dtype, pointer)? {
            return Err(wrong_dtype(&dtype, pointer, label));
        }
        check_order(&dtype, label)?;
    }
    if !array.is_c_contiguous() {
        return Err(PyValueError::new_err(format!(
            "{label} is not C-contiguous: pass np.ascontiguousarray(x), a copy, or shiver.strided(x) \
             for a body that takes the strides as arguments"
        )));
    }
    if flags & ALIGNED == 0 {
        return Err(PyValueError::new_err(format!(
            "{label} is not aligned for its dtype {}: pass np.require(x, requirements='A')",
            array.dtype()
        )));
    }
    if !pointer.is_const && flags & WRITEABLE == 0 {
        return Err(PyValueError::new_err(format!(
            "{label} is read-only, and {} allows the body to write: declare the parameter const, or \
             pass a copy",
            label.declared()
        )));
    }
    Ok(Passed { address: data, made: None, array: Some(array) })
}

fn check_order(dtype: &Bound<'_, PyArrayDescr>, label: Label<'_>) -> PyResult<()> {
    if layout::is_native(dtype)? {
        return Ok(());
    }
    Err(PyValueError::new_err(format!(
        "{label} has dtype {dtype}, whose byte order is not this machine's: pass \
         x.astype(x.dtype.newbyteorder('='))"
    )))
}

fn wrong_dtype(dtype: &Bound<'_, PyArrayDescr>, pointer: &Pointer, label: Label<'_>) -> PyErr {
    let mend = match (&pointer.to, layout::numpy_name(&pointer.to)) {
        (_, Some(name)) => format!(
            "pass x.astype(np.{}), a copy, or declare the parameter to match the array",
            if name == "bool" { "bool_" } else { name }
        ),
        (Type::Struct(layout), _) => format!(
            "pass an array whose dtype has the struct's size of {} bytes and its fields {}",
            layout.size,
            layout
                .fields
                .iter()
                .map(|f| format!("{} {} at {}", f.ty, f.name, f.offset))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        _ => "pass an address, as an int or a ctypes pointer".to_owned(),
    };
    PyTypeError::new_err(format!(
        "{label} has dtype {dtype}, but is declared {}: {mend}",
        label.declared()
    ))
}
