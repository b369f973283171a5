//! What `niters` can be.

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyRange, PySlice, PyTuple};
use shiver::{Dim, Space};

use crate::errors::exception;

/// Reads an iteration space: an int, a slice, a range, or a tuple or list with one entry per index.
pub(crate) fn read(niters: &Bound<'_, PyAny>) -> PyResult<Space> {
    let py = niters.py();
    if niters.is_exact_instance_of::<PyInt>()
        && let Ok(stop) = niters.extract::<i64>()
    {
        return Space::new([Dim::upto(stop.into())]).map_err(|error| exception(py, error.into()));
    }
    let dims = if let Ok(tuple) = niters.cast::<PyTuple>() {
        tuple.iter().map(|entry| entry_dim(&entry)).collect::<PyResult<Vec<_>>>()?
    } else if let Ok(list) = niters.cast::<PyList>() {
        list.iter().map(|entry| entry_dim(&entry)).collect::<PyResult<Vec<_>>>()?
    } else {
        match single(niters)? {
            Some(dim) => vec![dim],
            None => {
                return Err(PyTypeError::new_err(format!(
                    "niters must be an int, a slice, a range, or a tuple or list with one such entry \
                     per index, not {}",
                    niters.get_type().name()?
                )));
            }
        }
    };
    if dims.is_empty() {
        return Err(PyValueError::new_err(
            "niters is empty: give the number of iterations of each index",
        ));
    }
    Space::new(dims).map_err(|error| exception(py, error.into()))
}

/// One entry of a tuple or list: a single dimension, or `(stop,)`, `(start, stop)`,
/// `(start, stop, step)`.
fn entry_dim(entry: &Bound<'_, PyAny>) -> PyResult<Dim> {
    if let Ok(tuple) = entry.cast::<PyTuple>() {
        let numbers = tuple
            .iter()
            .map(|part| index(&part)?.ok_or_else(|| wrong_entry(entry)))
            .collect::<PyResult<Vec<_>>>()?;
        return match numbers[..] {
            [stop] => dim(entry.py(), 0, stop, 1),
            [start, stop] => dim(entry.py(), start, stop, 1),
            [start, stop, step] => dim(entry.py(), start, stop, step),
            _ => Err(PyValueError::new_err(format!(
                "an entry of niters is (stop,), (start, stop) or (start, stop, step), not {} numbers",
                numbers.len()
            ))),
        };
    }
    single(entry)?.ok_or_else(|| wrong_entry(entry))
}

fn wrong_entry(entry: &Bound<'_, PyAny>) -> PyErr {
    let text = entry.repr().map_or_else(|_| "an object".to_owned(), |r| r.to_string());
    PyTypeError::new_err(format!(
        "an entry of niters must be an int, a slice, a range, or a tuple (stop,), (start, stop) or \
         (start, stop, step) of ints, not {text}"
    ))
}

/// An int, a slice or a range; `None` for anything else.
fn single(object: &Bound<'_, PyAny>) -> PyResult<Option<Dim>> {
    let py = object.py();
    if let Some(stop) = index(object)? {
        return dim(py, 0, stop, 1).map(Some);
    }
    let (is_slice, is_range) =
        (object.is_instance_of::<PySlice>(), object.is_instance_of::<PyRange>());
    if !is_slice && !is_range {
        return Ok(None);
    }
    let part = |name, default: Option<i128>| -> PyResult<i128> {
        let part = object.getattr(name)?;
        match default {
            Some(default) if part.is_none() => Ok(default),
            None if part.is_none() => Err(PyValueError::new_err(
                "a slice in niters needs a stop: there is no array whose length it could mean",
            )),
            _ => index(&part)?.ok_or_else(|| wrong_entry(object)),
        }
    };
    let stop = part(intern!(py, "stop"), None)?;
    let start = part(intern!(py, "start"), Some(0))?;
    let step = part(intern!(py, "step"), Some(1))?;
    dim(py, start, stop, step).map(Some)
}

fn dim(py: Python<'_>, start: i128, stop: i128, step: i128) -> PyResult<Dim> {
    Dim::new(start, stop, step).map_err(|error| exception(py, error.into()))
}

/// The value of anything with `__index__`; `None` where there is no such thing.
pub(crate) fn index(object: &Bound<'_, PyAny>) -> PyResult<Option<i128>> {
    let py = object.py();
    if let Ok(small) = object.extract::<i64>() {
        // Also true of what has `__index__` and is small.
        return Ok(Some(small.into()));
    }
    // SAFETY: the object is valid; null means that an exception was set, which is fetched.
    let number =
        unsafe { Bound::from_owned_ptr_or_err(py, pyo3::ffi::PyNumber_Index(object.as_ptr())) };
    match number {
        Ok(number) => number.extract::<i128>().map(Some).map_err(|_| {
            PyOverflowError::new_err(format!("{number} is beyond what any index can reach"))
        }),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}
