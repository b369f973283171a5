//! An array for a pointer.

use numpy::npyffi::PyArray_CheckExact;
use numpy::{PyArrayDescr, PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyInt;
use pyo3::{ffi, intern};
use shiver::{Pointer, Type};

use crate::label::Label;
use crate::{layout, record};

pub(crate) const ALIGNED: i32 = 0x100;
pub(crate) const WRITEABLE: i32 = 0x400;

/// What an argument for a pointer came to.
pub(crate) struct Passed<'py> {
    pub(crate) address: u64,
    /// What was made of the argument, and has to be kept alive as the argument itself has.
    pub(crate) made: Option<Bound<'py, PyAny>>,
    /// The shape of the array, where one is known and the parameter declares one.
    pub(crate) shape: Option<Vec<usize>>,
}

/// Takes an argument for a pointer.
///
/// `label` is how messages name the argument.
pub(crate) fn pass<'py>(
    object: &Bound<'py, PyAny>,
    pointer: &Pointer,
    label: Label<'_>,
) -> PyResult<Passed<'py>> {
    let py = object.py();
    // SAFETY: the object is alive.
    let is_plain = unsafe { PyArray_CheckExact(py, object.as_ptr()) } != 0;
    if is_plain || (object.is_instance_of::<PyUntypedArray>() && !is_masked(object)?) {
        return pass_array(object, pointer, label);
    }
    if object.is_none() {
        return Ok(Passed { address: 0, made: None, shape: None });
    }
    if object.is_exact_instance_of::<PyInt>() {
        let address = read_address(object, label)?;
        return Ok(Passed { address, made: None, shape: None });
    }
    let found = py.import("shiver.arguments")?.call_method1(
        "as_array_or_address",
        (object, label.to_string(), !pointer.is_const, pointer.dims.len()),
    )?;
    if found.is_instance_of::<PyUntypedArray>() {
        let passed = pass_array(&found, pointer, label)?;
        return Ok(Passed { made: Some(found), ..passed });
    }
    type Found<'py> = (u64, Option<Bound<'py, PyArrayDescr>>, Bound<'py, PyAny>);
    let (address, dtype, held): Found<'py> = found.extract()?;
    let mut shape = None;
    if let Some(mut dtype) = dtype {
        if dtype.has_subarray() {
            shape = (!pointer.dims.is_empty()).then(|| dtype.shape());
            dtype = dtype.base();
        }
        // What no dtype describes cannot be compared.
        let is_described = match &pointer.to {
            Type::Opaque(_) => false,
            Type::Struct(layout) => record::undescribed(layout, "").is_none(),
            _ => true,
        };
        if is_described {
            check_dtype(&dtype, pointer, label)?;
        }
    }
    Ok(Passed { address, made: Some(held), shape })
}

/// Whether an array is one with a mask, which a body would not see.
#[cold]
fn is_masked(array: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = array.py();
    // Who has a masked array has imported its module, which takes milliseconds.
    // SAFETY: the name is a string, and what comes back is a new reference, or null, with or without
    // an exception set.
    let masked = unsafe {
        let module = ffi::PyImport_GetModule(intern!(py, "numpy.ma").as_ptr());
        Bound::from_owned_ptr_or_opt(py, module)
    };
    match (masked, PyErr::take(py)) {
        (_, Some(error)) => Err(error),
        (Some(masked), _) => array.is_instance(&masked.getattr(intern!(py, "MaskedArray"))?),
        (None, None) => Ok(false),
    }
}

fn read_address(object: &Bound<'_, PyAny>, label: Label<'_>) -> PyResult<u64> {
    object.extract::<u64>().map_err(|_| {
        pyo3::exceptions::PyOverflowError::new_err(format!("{label}: {object} is no address"))
    })
}

/// Takes an object that is an array.
fn pass_array<'py>(
    object: &Bound<'py, PyAny>,
    pointer: &Pointer,
    label: Label<'_>,
) -> PyResult<Passed<'py>> {
    // SAFETY: the caller has asked.
    let array = unsafe { object.cast_unchecked::<PyUntypedArray>() };
    // SAFETY: the array is alive, and this module is not built for free-threaded interpreters, so
    // the fields of its object are where NumPy's C interface says.
    let (data, flags, descr) = unsafe {
        let fields = &(*array.as_array_ptr()).fields;
        (fields.data as u64, fields.flags, fields.descr)
    };
    let scalar = pointer.to.as_scalar();
    if !scalar.map_or(Ok(false), |scalar| layout::is_builtin(array.py(), descr, scalar))? {
        check_dtype(&array.dtype(), pointer, label)?;
    }
    if !array.is_c_contiguous() {
        return Err(PyValueError::new_err(format!(
            "{label} is not C-contiguous: pass np.ascontiguousarray(x), a copy, or shiver.strided(x) \
             for a body that takes the strides as arguments"
        )));
    }
    // A dtype whose fields were laid out by hand need not be aligned as the struct is.
    let is_aligned = match &pointer.to {
        Type::Struct(layout) => array.is_empty() || data % layout.align == 0,
        _ => true,
    };
    if flags & ALIGNED == 0 || !is_aligned {
        return Err(PyValueError::new_err(format!(
            "{label} is not aligned for {}: pass np.require(x, requirements='A'), or a copy",
            match &pointer.to {
                Type::Struct(_) => pointer.to.to_string(),
                _ => format!("its dtype {}", array.dtype()),
            }
        )));
    }
    if !pointer.is_const && flags & WRITEABLE == 0 {
        return Err(PyValueError::new_err(format!(
            "{label} is read-only, and {} allows the body to write: declare the parameter const, or \
             pass a copy",
            label.declared()
        )));
    }
    let shape = (!pointer.dims.is_empty()).then(|| array.shape().to_vec());
    Ok(Passed { address: data, made: None, shape })
}

/// Checks that elements of that dtype are what `pointer` points to.
fn check_dtype(
    dtype: &Bound<'_, PyArrayDescr>,
    pointer: &Pointer,
    label: Label<'_>,
) -> PyResult<()> {
    if layout::behind(dtype, pointer)? {
        return check_order(dtype, label);
    }
    Err(wrong_dtype(dtype, pointer, label)?)
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

const ADDRESS: &str = "pass an address, as an int or a pointer of ctypes or cffi";

fn wrong_dtype(
    dtype: &Bound<'_, PyArrayDescr>,
    pointer: &Pointer,
    label: Label<'_>,
) -> PyResult<PyErr> {
    let (known, declare) = match label.origin() {
        None => ("declared".to_owned(), "declare the parameter to match the array"),
        Some(origin) => (format!("from {origin}"), "say what it is with from_llvm's argtypes="),
    };
    let mend = match (&pointer.to, layout::numpy_name(&pointer.to)) {
        _ if dtype.has_object() => {
            "its elements are Python's objects, which a body cannot use".to_owned()
        }
        (_, Some(name)) => format!(
            "pass x.astype(np.{}), a copy, or {declare}",
            if name == "bool" { "bool_" } else { name }
        ),
        (Type::Struct(layout), _) => match record::undescribed(layout, "") {
            Some(field) => format!("{field}, which no dtype describes; {ADDRESS}"),
            None => format!(
                "{}; np.dtype([...], align=True) lays fields out as C does",
                record::disagreement(dtype, layout, "")?.expect("it was refused")
            ),
        },
        _ => ADDRESS.to_owned(),
    };
    Ok(PyTypeError::new_err(format!(
        "{label} has dtype {dtype}, but is {known} {}: {mend}",
        label.declared()
    )))
}
