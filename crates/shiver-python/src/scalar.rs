//! A number for a scalar parameter.

use half::f16;
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt, PyType};
use shiver::Scalar;

use crate::label::Label;
use crate::space::index;

/// Turns a number into the bytes that a parameter of type `scalar` holds.
///
/// `label` is how messages name the argument.
pub(crate) fn pass(
    object: &Bound<'_, PyAny>,
    scalar: Scalar,
    label: Label<'_>,
) -> PyResult<[u64; 2]> {
    let number = plain(object, scalar, label)?;
    let number = &number;
    match scalar {
        Scalar::Float16 | Scalar::Float32 | Scalar::Float64 => {
            let value = real(number, scalar, label)?;
            Ok([real_bits(value, scalar, label)?, 0])
        }
        Scalar::Complex64 | Scalar::Complex128 => {
            let (re, im) = complex(number, scalar, label)?;
            if scalar == Scalar::Complex128 {
                Ok([re.to_bits(), im.to_bits()])
            } else {
                let re = real_bits(re, Scalar::Float32, label)?;
                let im = real_bits(im, Scalar::Float32, label)?;
                Ok([re | im << 32, 0])
            }
        }
        _ => Ok([integer(number, scalar, label)?, 0]),
    }
}

/// A Python bool, int, float or complex of the same value.
fn plain<'py>(
    object: &Bound<'py, PyAny>,
    declared: Scalar,
    label: Label<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    let is_plain = |o: &Bound<'_, PyAny>| {
        o.is_exact_instance_of::<PyFloat>()
            || o.is_exact_instance_of::<PyInt>()
            || o.is_exact_instance_of::<PyComplex>()
            || o.is_exact_instance_of::<PyBool>()
    };
    if is_plain(object) {
        return Ok(object.clone());
    }
    let py = object.py();
    let array = object.cast::<PyUntypedArray>();
    if object.is_instance(numpy_type(py, &NUMBER, "number")?)?
        || object.is_instance(numpy_type(py, &BOOL, "bool_")?)?
        || array.as_ref().is_ok_and(|array| array.ndim() == 0)
    {
        let item = object.call_method0("item")?;
        if is_plain(&item) {
            return Ok(item);
        }
        // A long double gives itself.
        if item.is_instance(numpy_type(py, &FLOATING, "floating")?)? {
            return Ok(PyFloat::new(py, item.extract()?).into_any());
        }
        if item.is_instance(numpy_type(py, &COMPLEX, "complexfloating")?)? {
            let part = |name| item.getattr(name)?.extract::<f64>();
            return Ok(PyComplex::from_doubles(py, part("real")?, part("imag")?).into_any());
        }
    }
    if array.is_ok() {
        return Err(PyTypeError::new_err(format!(
            "{label} takes a number, and an array was given: pass one of its elements, or declare the \
             parameter a pointer"
        )));
    }
    if object.is_instance_of::<PyInt>()
        || object.is_instance_of::<PyFloat>()
        || object.is_instance_of::<PyComplex>()
    {
        return Ok(object.clone());
    }
    py.import("shiver.arguments")?
        .call_method1("as_scalar", (object, label.to_string(), declared.name()))
}

static NUMBER: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static BOOL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static FLOATING: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static COMPLEX: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// A class of NumPy's, which is looked up once.
fn numpy_type<'a, 'py>(
    py: Python<'py>,
    slot: &'a PyOnceLock<Py<PyType>>,
    name: &str,
) -> PyResult<&'a Bound<'py, PyType>> {
    slot.import(py, "numpy", name)
}

fn integer(number: &Bound<'_, PyAny>, scalar: Scalar, label: Label<'_>) -> PyResult<u64> {
    if number.is_instance_of::<PyFloat>() || number.is_instance_of::<PyComplex>() {
        return Err(PyTypeError::new_err(format!(
            "{label} is declared {scalar}, and {} {number} was given: convert it with int(...), or \
             declare the parameter double",
            number.get_type().name()?
        )));
    }
    let too_large = || {
        PyOverflowError::new_err(format!(
            "{label} is declared {scalar}, which cannot hold {number}"
        ))
    };
    let value = index(number).map_err(|_| too_large())?;
    let value = value.ok_or_else(|| not_a_number(number, scalar, label))?;
    let (least, greatest) = scalar.range().expect("an integer type has a range");
    // Plain `char` is a byte of either sign.
    let greatest = if scalar == Scalar::Char { 255 } else { greatest };
    if value < least || value > greatest {
        return Err(too_large());
    }
    Ok(value as u64)
}

fn not_a_number(object: &Bound<'_, PyAny>, scalar: Scalar, label: Label<'_>) -> PyErr {
    let given = object.get_type().name().map_or_else(|_| "an object".into(), |n| n.to_string());
    PyTypeError::new_err(format!("{label} is declared {scalar}, and {given} was given"))
}

fn real(number: &Bound<'_, PyAny>, scalar: Scalar, label: Label<'_>) -> PyResult<f64> {
    if number.is_instance_of::<PyComplex>() {
        return Err(PyTypeError::new_err(format!(
            "{label} is declared {scalar}, and complex {number} was given: pass its .real or .imag"
        )));
    }
    number.extract::<f64>().map_err(|error| {
        if error.is_instance_of::<PyOverflowError>(number.py()) {
            PyOverflowError::new_err(format!(
                "{label} is declared {scalar}, which cannot hold {number}"
            ))
        } else {
            not_a_number(number, scalar, label)
        }
    })
}

fn complex(number: &Bound<'_, PyAny>, scalar: Scalar, label: Label<'_>) -> PyResult<(f64, f64)> {
    match number.cast::<PyComplex>() {
        Ok(complex) => {
            let part = |name| complex.as_any().getattr(name)?.extract::<f64>();
            Ok((part("real")?, part("imag")?))
        }
        Err(_) => Ok((real(number, scalar, label)?, 0.0)),
    }
}

/// The bits of a real number in a narrower type; a finite one must stay finite.
fn real_bits(value: f64, scalar: Scalar, label: Label<'_>) -> PyResult<u64> {
    let (bits, infinite) = match scalar {
        Scalar::Float16 => {
            let narrow = f16::from_f64(value);
            (narrow.to_bits().into(), narrow.is_infinite())
        }
        Scalar::Float32 => ((value as f32).to_bits().into(), (value as f32).is_infinite()),
        _ => (value.to_bits(), false),
    };
    if infinite && value.is_finite() {
        return Err(PyOverflowError::new_err(format!(
            "{label} is declared {scalar}, which cannot hold {value:e}"
        )));
    }
    Ok(bits)
}
