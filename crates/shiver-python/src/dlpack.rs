//! Objects that lend their memory by DLPack, as the array API standard describes it.

use pyo3::exceptions::{PyBufferError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::tensor;

/// The version of DLPack that is asked for; an exporter may give an older one.
const VERSION: (u32, u32) = (1, 1);

/// The array that shares the memory of an object with `__dlpack__`, or of a capsule that such an object
/// gave; `None` for anything else.
///
/// `parameter` is how messages name the argument.
#[pyfunction]
pub(crate) fn read_dlpack<'py>(
    obj: &Bound<'py, PyAny>,
    parameter: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = obj.py();
    if let Ok(capsule) = obj.cast::<PyCapsule>() {
        return tensor::read(capsule, parameter).map(Some);
    }
    if !obj.hasattr(intern!(py, "__dlpack__"))? {
        return Ok(None);
    }
    // First, since an exporter on another device may have to wait for it or to copy.
    if obj.hasattr(intern!(py, "__dlpack_device__"))? {
        let device = obj.call_method0(intern!(py, "__dlpack_device__"))?;
        let (kind, id): (i32, i32) = device.extract()?;
        check_device(kind, id, parameter)?;
    }
    let lent = ask(obj).map_err(|error| {
        let text = format!("{parameter} does not give its memory by DLPack: {}", error.value(py));
        let refusal = if error.is_instance_of::<PyTypeError>(py) {
            PyTypeError::new_err(text)
        } else if error.is_instance_of::<PyBufferError>(py)
            || error.is_instance_of::<PyRuntimeError>(py)
            || error.is_instance_of::<PyValueError>(py)
        {
            PyValueError::new_err(text)
        } else {
            return error;
        };
        refusal.set_cause(py, Some(error));
        refusal
    })?;
    match lent.cast::<PyCapsule>() {
        Ok(capsule) => tensor::read(capsule, parameter).map(Some),
        Err(_) => Err(PyTypeError::new_err(format!(
            "{parameter} gives {} by DLPack, and no capsule",
            lent.get_type().name()?
        ))),
    }
}

/// Asks for a capsule, in the words of the newest standard and then in those that older exporters know.
fn ask<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = object.py();
    let call = |keywords: &Bound<'py, PyDict>| {
        object.call_method(intern!(py, "__dlpack__"), (), Some(keywords))
    };
    let keywords = PyDict::new(py);
    keywords.set_item("max_version", VERSION)?;
    keywords.set_item("copy", false)?;
    let mut lent = call(&keywords);
    for unknown in ["copy", "max_version"] {
        match &lent {
            Err(error) if speaks_of_arguments(error, py) => {
                keywords.del_item(unknown)?;
                lent = call(&keywords);
            }
            _ => break,
        }
    }
    lent
}

/// Whether a call failed for what it was given. An exporter may have reasons of its own for a
/// `TypeError`, and is then not asked again.
fn speaks_of_arguments(error: &PyErr, py: Python<'_>) -> bool {
    error.is_instance_of::<PyTypeError>(py) && error.value(py).to_string().contains("argument")
}

/// Refuses what a body cannot reach, by the device's name.
pub(crate) fn check_device(kind: i32, id: i32, parameter: &str) -> PyResult<()> {
    let name = match kind {
        // The CPU's memory; host memory of CUDA and ROCm; memory that CUDA moves to who asks for it.
        1 | 3 | 11 | 13 => return Ok(()),
        2 => "CUDA",
        4 => "OpenCL",
        7 => "Vulkan",
        8 => "Metal",
        9 => "VPI",
        10 => "ROCm",
        14 => "oneAPI",
        15 => "WebGPU",
        16 => "Hexagon",
        17 => "MAIA",
        18 => "Trainium",
        _ => "",
    };
    let device = if name.is_empty() {
        format!("device {id} of DLPack's type {kind}")
    } else {
        format!("{name} device {id}")
    };
    Err(PyTypeError::new_err(format!(
        "{parameter} lies on {device}, and a body runs on the CPU: pass a copy that lies in the CPU's \
         memory"
    )))
}
