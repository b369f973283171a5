//! Fixed arguments become the words of a frame.

use std::fmt;

use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use shiver::{Extent, Function, Signature, Type};

use crate::{array, scalar};

/// The words of the fixed arguments, and what keeps them valid.
pub(crate) struct Words<'py> {
    /// One per argument. Those of complex numbers are addresses, filled in by [`Words::finish`].
    words: Vec<u64>,
    /// The positions and the parts of complex numbers.
    complex: Vec<(usize, [u64; 2])>,
    /// The objects whose memory the words point to.
    _keep: Vec<Bound<'py, PyAny>>,
}

impl Words<'_> {
    /// The words, to be used while `self` lives.
    pub(crate) fn finish(&mut self) -> &[u64] {
        for (position, parts) in &self.complex {
            self.words[*position] = parts.as_ptr() as u64;
        }
        &self.words
    }
}

/// An argument, as messages name it: `argument x of fn1`.
#[derive(Clone, Copy)]
pub(crate) struct Label<'a> {
    signature: &'a Signature,
    position: usize,
}

impl Label<'_> {
    /// The type that its parameter is declared with.
    pub(crate) fn declared(self) -> String {
        self.signature.params[self.position].ty.to_string()
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.signature.params[self.position].name {
            "" => write!(f, "argument {} of {}", self.position + 1, self.signature.name),
            name => write!(f, "argument {name} of {}", self.signature.name),
        }
    }
}

/// Takes `fixed_args` for the parameters of `function` before its `indices`: a tuple or list, or one
/// argument alone.
pub(crate) fn pass<'py>(
    function: &Function,
    indices: usize,
    fixed_args: Option<&Bound<'py, PyAny>>,
) -> PyResult<Words<'py>> {
    let objects: Vec<Bound<'py, PyAny>> = match fixed_args {
        None => vec![],
        Some(args) => {
            if let Ok(tuple) = args.cast::<PyTuple>() {
                tuple.iter().collect()
            } else if let Ok(list) = args.cast::<PyList>() {
                list.iter().collect()
            } else {
                vec![args.clone()]
            }
        }
    };
    pass_all(function, indices, &objects)
}

/// As [`pass`], with the arguments in a row.
pub(crate) fn pass_all<'py>(
    function: &Function,
    indices: usize,
    objects: &[Bound<'py, PyAny>],
) -> PyResult<Words<'py>> {
    let signature = function.signature();
    let params = &signature.params;
    if params.len().checked_sub(indices) != Some(objects.len()) {
        let s = |n: usize| if n == 1 { "" } else { "s" };
        return Err(PyTypeError::new_err(format!(
            "{signature} has {} parameter{}; {} fixed argument{} and {indices} {} were given",
            params.len(),
            s(params.len()),
            objects.len(),
            s(objects.len()),
            if indices == 1 { "index" } else { "indices" },
        )));
    }
    let mut words =
        Words { words: Vec::with_capacity(objects.len()), complex: vec![], _keep: vec![] };
    let mut shaped = Vec::new();
    for (k, (object, param)) in objects.iter().zip(params).enumerate() {
        let label = Label { signature, position: k };
        let word = match &param.ty {
            Type::Pointer(pointer) => {
                let passed = array::pass(object, pointer, label)?;
                words._keep.extend(passed.keep);
                if let Some(array) = passed.array.filter(|_| !pointer.dims.is_empty()) {
                    shaped.push((k, array));
                }
                passed.address
            }
            Type::Scalar(ty) => {
                let value = scalar::pass(object, *ty, label)?;
                if ty.is_complex() {
                    words.complex.push((k, value));
                }
                value[0]
            }
            ty => {
                return Err(PyTypeError::new_err(format!(
                    "{label} has type {ty}, which cannot be passed"
                )));
            }
        };
        words.words.push(word);
    }
    for (k, array) in shaped {
        check_shape(function, k, &array, &words.words)?;
    }
    Ok(words)
}

/// Checks the trailing dimensions of an array for a parameter that declares them.
fn check_shape(
    function: &Function,
    k: usize,
    array: &Bound<'_, PyUntypedArray>,
    words: &[u64],
) -> PyResult<()> {
    let signature = function.signature();
    let dims = signature.params[k].ty.as_pointer().map_or(&[][..], |pointer| &pointer.dims);
    let extent = |dim: &Extent| match *dim {
        Extent::Const(extent) => Some(extent),
        // An extent that is an index differs from iteration to iteration.
        Extent::Param(k) => words.get(k).copied(),
        Extent::Unknown => None,
    };
    let declared: Vec<_> = dims.iter().map(extent).collect();
    let shape = array.shape();
    let trailing = shape.len().checked_sub(dims.len()).map(|first| &shape[first..]);
    let fits = trailing.is_some_and(|trailing| {
        let same = |(&given, want): (&usize, &Option<u64>)| want.is_none_or(|w| w == given as u64);
        trailing.iter().zip(&declared).all(same)
    });
    if fits {
        return Ok(());
    }
    let wanted: Vec<_> =
        declared.iter().map(|d| d.map_or("any".to_owned(), |d| d.to_string())).collect();
    Err(PyValueError::new_err(format!(
        "{} has shape {}, but the trailing dimensions in {signature} are ({})",
        Label { signature, position: k },
        array.getattr("shape")?,
        wanted.join(", ")
    )))
}
