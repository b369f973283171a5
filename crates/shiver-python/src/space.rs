//! What `niters` can be.

use pyo3::IntoPyObjectExt;
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
    let py = entry.py();
    if let Ok(tuple) = entry.cast::<PyTuple>() {
        let numbers = tuple
            .iter()
            .map(|part| number(&part)?.ok_or_else(|| wrong_entry(entry)))
            .collect::<PyResult<Vec<_>>>()?;
        return match &numbers[..] {
            [stop] => dim(py, None, stop, None),
            [start, stop] => dim(py, Some(start), stop, None),
            [start, stop, step] => dim(py, Some(start), stop, Some(step)),
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
    if let Some(stop) = number(object)? {
        return dim(py, None, &stop, None).map(Some);
    }
    let (is_slice, is_range) =
        (object.is_instance_of::<PySlice>(), object.is_instance_of::<PyRange>());
    if !is_slice && !is_range {
        return Ok(None);
    }
    let part = |name| -> PyResult<Option<Bound<'_, PyAny>>> {
        let part = object.getattr(name)?;
        if part.is_none() {
            return Ok(None);
        }
        number(&part)?.ok_or_else(|| wrong_entry(object)).map(Some)
    };
    let stop = part(intern!(py, "stop"))?.ok_or_else(|| {
        PyValueError::new_err(
            "a slice in niters needs a stop: there is no array whose length it could mean",
        )
    })?;
    let (start, step) = (part(intern!(py, "start"))?, part(intern!(py, "step"))?);
    dim(py, start.as_ref(), &stop, step.as_ref()).map(Some)
}

/// From Python's ints; without a start it is 0, without a step 1.
fn dim<'py>(
    py: Python<'py>,
    start: Option<&Bound<'py, PyAny>>,
    stop: &Bound<'py, PyAny>,
    step: Option<&Bound<'py, PyAny>>,
) -> PyResult<Dim> {
    let made = |start, stop, step| {
        Dim::new(start, stop, step).map_err(|error| exception(py, error.into()))
    };
    let small = |number: Option<&Bound<'py, PyAny>>, default: i128| {
        let value = |number: &Bound<'py, PyAny>| match number.extract::<i64>() {
            Ok(small) => Some(small.into()),
            Err(_) => number.extract::<i128>().ok(),
        };
        number.map_or(Some(default), value)
    };
    if let (Some(start), Some(stop), Some(step)) =
        (small(start, 0), small(Some(stop), 0), small(step, 1))
    {
        return made(start, stop, step);
    }
    // Bounds and steps may be huge where the values in between are few: Python's own range tells.
    if small(step, 1) == Some(0) {
        return made(0, 0, 0);
    }
    let (zero, one) = (0.into_bound_py_any(py)?, 1.into_bound_py_any(py)?);
    let range =
        py.get_type::<PyRange>().call1((start.unwrap_or(&zero), stop, step.unwrap_or(&one)))?;
    if !range.is_truthy()? {
        return made(0, 0, 1);
    }
    let (first, last) = (huge(&range.get_item(0)?)?, huge(&range.get_item(-1)?)?);
    match step {
        _ if first == last => made(first, first + 1, 1),
        Some(step) => {
            let step = huge(step)?;
            made(first, last + step.signum(), step)
        }
        None => made(first, last + 1, 1),
    }
}

/// A value that an index would take.
fn huge(number: &Bound<'_, PyAny>) -> PyResult<i128> {
    // Away from the ends, so that one more is a number too.
    number.extract::<i128>().ok().filter(|n| n.abs() < i128::MAX / 2).ok_or_else(|| {
        PyOverflowError::new_err(format!("{number} is beyond what any index can reach"))
    })
}

/// The int that anything with `__index__` means; `None` where there is no such thing.
fn number<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if object.is_exact_instance_of::<PyInt>() {
        return Ok(Some(object.clone()));
    }
    let py = object.py();
    // SAFETY: the object is valid; null means that an exception was set, which is fetched.
    let number =
        unsafe { Bound::from_owned_ptr_or_err(py, pyo3::ffi::PyNumber_Index(object.as_ptr())) };
    match number {
        Ok(number) => Ok(Some(number)),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The value of anything with `__index__`; `None` where there is no such thing.
pub(crate) fn index(object: &Bound<'_, PyAny>) -> PyResult<Option<i128>> {
    if let Ok(small) = object.extract::<i64>() {
        // Also true of what has `__index__` and is small.
        return Ok(Some(small.into()));
    }
    number(object)?.map(|number| huge(&number)).transpose()
}
