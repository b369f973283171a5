//! What a capsule of DLPack's holds, as a NumPy array.
//!
//! The layout of the structures is that of DLPack 1.1 (`dlpack.h`), which all later minor versions
//! keep. A capsule is taken over by giving it another name; from then on whoever took it has to call
//! its deleter, once. NumPy's own reader is not used because it takes every capsule of the first form,
//! which has no flags, for read-only.

use std::ffi::{CStr, c_int, c_void};

use numpy::npyffi::{NpyTypes, PY_ARRAY_API, get_type_object, npy_intp};
use numpy::{PyArrayDescr, PyArrayDescrMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::ffi::c_str;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use shiver::Scalar;

use crate::array::WRITEABLE;
use crate::{dlpack, layout};

/// More dimensions than NumPy has ever allowed.
const MOST_DIMS: i32 = 64;
const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;

#[repr(C)]
struct Device {
    kind: i32,
    id: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Element {
    code: u8,
    bits: u8,
    lanes: u16,
}

#[repr(C)]
struct Tensor {
    data: *mut u8,
    device: Device,
    ndim: i32,
    element: Element,
    shape: *const i64,
    /// In elements; null for an array without gaps.
    strides: *const i64,
    byte_offset: u64,
}

/// What a capsule `dltensor` points to.
#[repr(C)]
struct Plain {
    tensor: Tensor,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Plain)>,
}

/// What a capsule `dltensor_versioned` points to. Up to the deleter it is the same in all versions.
#[repr(C)]
struct Versioned {
    major: u32,
    minor: u32,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Versioned)>,
    flags: u64,
    tensor: Tensor,
}

/// Who lent the memory: told, once, when it is no longer used.
#[pyclass(frozen, module = "shiver._native")]
struct Loan(#[expect(dead_code, reason = "held, and told when it is dropped")] Lender);

enum Lender {
    Plain(*mut Plain),
    Versioned(*mut Versioned),
}

// SAFETY: whoever has taken a capsule over may read it and call its deleter on any thread; nothing is
// written.
unsafe impl Send for Lender {}
// SAFETY: as above.
unsafe impl Sync for Lender {}

impl Drop for Lender {
    fn drop(&mut self) {
        // SAFETY: the capsule was taken over, so the structure is alive until its deleter has run, and
        // nobody else runs it.
        unsafe {
            match *self {
                Lender::Plain(lent) => {
                    if let Some(deleter) = (*lent).deleter {
                        deleter(lent);
                    }
                }
                Lender::Versioned(lent) => {
                    if let Some(deleter) = (*lent).deleter {
                        deleter(lent);
                    }
                }
            }
        }
    }
}

/// Takes a capsule over and gives an array of its memory, which the array holds.
///
/// `parameter` is how messages name the argument. A refused capsule has been given back.
pub(crate) fn read<'py>(
    capsule: &Bound<'py, PyCapsule>,
    parameter: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = capsule.py();
    let lender = take_over(capsule, parameter)?;
    // SAFETY: what was taken over is alive while `lender` is.
    let (tensor, flags) = unsafe {
        match lender {
            Lender::Plain(lent) => (&raw const (*lent).tensor, 0),
            Lender::Versioned(lent) => {
                let major = (*lent).major;
                if major != 1 {
                    return Err(PyTypeError::new_err(format!(
                        "{parameter} comes by DLPack {major}, and this Shiver knows DLPack 1"
                    )));
                }
                (&raw const (*lent).tensor, (*lent).flags)
            }
        }
    };
    // SAFETY: as above; of a version that is known, so the rest of the structure is there too.
    let tensor = unsafe { &*tensor };
    dlpack::check_device(tensor.device.kind, tensor.device.id, parameter)?;
    let element = dtype(py, tensor, parameter)?;
    if flags & IS_COPIED != 0 {
        return Err(PyValueError::new_err(format!(
            "{parameter} gives a copy of its memory by DLPack, and what the body writes would be lost: \
             make an array of it first"
        )));
    }
    let (shape, strides) = extents(tensor, element.itemsize(), parameter)?;
    let is_empty = shape.contains(&0);
    if tensor.data.is_null() && !is_empty {
        return Err(broken(parameter, "elements, and no memory"));
    }
    let mut data = tensor.data.wrapping_add(tensor.byte_offset as usize);
    let loan = Bound::new(py, Loan(lender))?;
    if data.is_null() {
        // For null NumPy would find memory itself.
        data = loan.as_ptr().cast();
    }
    let writeable = if flags & READ_ONLY == 0 { WRITEABLE } else { 0 };
    array(element, shape, strides, data, writeable, loan.into_any())
}

fn take_over(capsule: &Bound<'_, PyCapsule>, parameter: &str) -> PyResult<Lender> {
    const NAMES: [(&CStr, &CStr); 2] = [
        (c_str!("dltensor_versioned"), c_str!("used_dltensor_versioned")),
        (c_str!("dltensor"), c_str!("used_dltensor")),
    ];
    for (name, used) in NAMES {
        // SAFETY: the capsule is alive and the names are static; a capsule of one of these names points
        // to what DLPack says, and is the caller's to take.
        unsafe {
            if ffi::PyCapsule_IsValid(capsule.as_ptr(), name.as_ptr()) == 0 {
                continue;
            }
            let lent = ffi::PyCapsule_GetPointer(capsule.as_ptr(), name.as_ptr());
            if lent.is_null() || ffi::PyCapsule_SetName(capsule.as_ptr(), used.as_ptr()) != 0 {
                return Err(PyErr::fetch(capsule.py()));
            }
            return Ok(if name == c_str!("dltensor") {
                Lender::Plain(lent.cast())
            } else {
                Lender::Versioned(lent.cast())
            });
        }
    }
    Err(PyTypeError::new_err(format!(
        "{parameter} is {}, and neither \"dltensor\" nor \"dltensor_versioned\": a capsule of DLPack's can \
         be taken once",
        capsule.repr()?
    )))
}

/// NumPy's dtype for the elements.
fn dtype<'py>(
    py: Python<'py>,
    tensor: &Tensor,
    parameter: &str,
) -> PyResult<Bound<'py, PyArrayDescr>> {
    let Element { code, bits, lanes } = tensor.element;
    let scalar = match (code, bits) {
        (0, 8) => Some(Scalar::Int8),
        (0, 16) => Some(Scalar::Int16),
        (0, 32) => Some(Scalar::Int32),
        (0, 64) => Some(Scalar::Int64),
        (1, 8) => Some(Scalar::UInt8),
        (1, 16) => Some(Scalar::UInt16),
        (1, 32) => Some(Scalar::UInt32),
        (1, 64) => Some(Scalar::UInt64),
        (2, 16) => Some(Scalar::Float16),
        (2, 32) => Some(Scalar::Float32),
        (2, 64) => Some(Scalar::Float64),
        (5, 64) => Some(Scalar::Complex64),
        (5, 128) => Some(Scalar::Complex128),
        (6, 8) => Some(Scalar::Bool),
        _ => None,
    };
    if let (Some(scalar), 1) = (scalar, lanes) {
        return layout::dtype(py, scalar);
    }
    let kind = match code {
        0 => format!("int{bits}"),
        1 => format!("uint{bits}"),
        2 => format!("float{bits}"),
        3 => "opaque".to_owned(),
        4 => format!("bfloat{bits}"),
        5 => format!("complex{bits}"),
        6 => format!("bool of {bits} bits"),
        7..=14 => "float8".to_owned(),
        15 | 16 => "float6".to_owned(),
        17 => "float4".to_owned(),
        code => format!("type {code} of {bits} bits"),
    };
    let kind = if lanes == 1 { kind } else { format!("{kind} in vectors of {lanes}") };
    Err(PyTypeError::new_err(format!(
        "{parameter} has elements of the DLPack type {kind}, which no parameter takes: pass a view of it \
         as integers of the same size, or convert it"
    )))
}

/// The shape, and the strides in bytes.
fn extents(
    tensor: &Tensor,
    itemsize: usize,
    parameter: &str,
) -> PyResult<(Vec<npy_intp>, Option<Vec<npy_intp>>)> {
    let ndim = tensor.ndim;
    if !(0..=MOST_DIMS).contains(&ndim) || (ndim > 0 && tensor.shape.is_null()) {
        return Err(broken(parameter, &format!("{ndim} dimensions")));
    }
    let read = |row: *const i64| -> Vec<i64> {
        // SAFETY: the row has an element for each dimension, and is there unless there are none.
        (0..ndim as usize).map(|k| unsafe { row.add(k).read() }).collect()
    };
    let shape: Vec<npy_intp> = read(tensor.shape).into_iter().map(|n| n as npy_intp).collect();
    let mut size = Some(itemsize as npy_intp);
    for &extent in &shape {
        size = size.filter(|_| extent >= 0).and_then(|size| size.checked_mul(extent));
    }
    if size.is_none() {
        return Err(broken(parameter, &format!("the shape {shape:?}")));
    }
    if tensor.strides.is_null() {
        return Ok((shape, None));
    }
    let strides = read(tensor.strides);
    let bytes: Option<Vec<npy_intp>> =
        strides.iter().map(|&n| (n as npy_intp).checked_mul(itemsize as npy_intp)).collect();
    let bytes = bytes.ok_or_else(|| broken(parameter, &format!("the strides {strides:?}")))?;
    Ok((shape, Some(bytes)))
}

fn broken(parameter: &str, what: &str) -> PyErr {
    PyValueError::new_err(format!("{parameter} comes by DLPack with {what}"))
}

/// An array of memory that `base` keeps.
fn array<'py>(
    dtype: Bound<'py, PyArrayDescr>,
    mut shape: Vec<npy_intp>,
    mut strides: Option<Vec<npy_intp>>,
    data: *mut u8,
    flags: c_int,
    base: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = base.py();
    let strides = strides.as_mut().map_or(std::ptr::null_mut(), |row| row.as_mut_ptr());
    // SAFETY: NumPy takes over the reference to the dtype, copies an extent and a stride for each
    // dimension, and gives a new array, or null with an exception set; the array takes over the
    // reference to its base.
    unsafe {
        let made = PY_ARRAY_API.PyArray_NewFromDescr(
            py,
            get_type_object(py, NpyTypes::PyArray_Type),
            dtype.into_dtype_ptr(),
            shape.len() as c_int,
            shape.as_mut_ptr(),
            strides,
            data.cast(),
            flags,
            std::ptr::null_mut(),
        );
        let made = Bound::from_owned_ptr_or_err(py, made)?;
        if PY_ARRAY_API.PyArray_SetBaseObject(py, made.as_ptr().cast(), base.into_ptr()) != 0 {
            return Err(PyErr::fetch(py));
        }
        Ok(made)
    }
}
