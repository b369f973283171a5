//! Fixed arguments become the words of a frame.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use shiver::{Extent, Function, Scalar, Type};

use crate::label::Label;
use crate::{array, scalar};

/// The words of the fixed arguments, and what keeps them valid.
pub(crate) struct Words {
    /// One per argument. Those of complex numbers are addresses, filled in by [`Words::finish`].
    words: Vec<u64>,
    /// The positions and the parts of complex numbers.
    complex: Vec<(usize, [u64; 2])>,
    /// The objects whose memory the words point to: the arguments as they were given, in a tuple that
    /// nobody can change while the loop runs, and what was made of them.
    _given: Option<Py<PyTuple>>,
    _made: Vec<Py<PyAny>>,
}

impl Words {
    /// The words, to be used while `self` lives.
    pub(crate) fn finish(&mut self) -> &[u64] {
        for (position, parts) in &self.complex {
            self.words[*position] = parts.as_ptr() as u64;
        }
        &self.words
    }
}

/// Takes `fixed_args` for the parameters of `function` before its `indices`: a tuple or list, or one
/// argument alone.
pub(crate) fn pass(
    py: Python<'_>,
    function: &Function,
    indices: usize,
    fixed_args: Option<&Bound<'_, PyAny>>,
) -> PyResult<Words> {
    let Some(args) = fixed_args else { return pass_all(function, indices, None) };
    if let Ok(tuple) = args.cast::<PyTuple>() {
        pass_all(function, indices, Some(tuple))
    } else if let Ok(list) = args.cast::<PyList>() {
        pass_all(function, indices, Some(&list.to_tuple()))
    } else {
        pass_all(function, indices, Some(&PyTuple::new(py, [args])?))
    }
}

/// As [`pass`], with the arguments in a row.
pub(crate) fn pass_all(
    function: &Function,
    indices: usize,
    objects: Option<&Bound<'_, PyTuple>>,
) -> PyResult<Words> {
    let signature = function.signature();
    let params = &signature.params;
    let given = objects.map_or(0, |objects| objects.len());
    if params.len().checked_sub(indices) != Some(given) {
        let s = |n: usize| if n == 1 { "" } else { "s" };
        if indices == 0 {
            return Err(PyTypeError::new_err(format!(
                "{signature} takes {} argument{}, the indices included, and {given} {} given",
                params.len(),
                s(params.len()),
                if given == 1 { "was" } else { "were" },
            )));
        }
        return Err(PyTypeError::new_err(format!(
            "{signature} has {} parameter{}; {given} fixed argument{} and {indices} {} were given",
            params.len(),
            s(params.len()),
            s(given),
            if indices == 1 { "index" } else { "indices" },
        )));
    }
    let mut words = Words {
        words: Vec::with_capacity(given),
        complex: vec![],
        _given: objects.map(|objects| objects.clone().unbind()),
        _made: vec![],
    };
    let Some(objects) = objects else { return Ok(words) };
    let mut shaped = Vec::new();
    for (k, (object, param)) in objects.iter_borrowed().zip(params).enumerate() {
        let label = Label::Argument { signature, position: k };
        let word = match &param.ty {
            Type::Pointer(pointer) => {
                let passed = array::pass(&object, pointer, label)?;
                words._made.extend(passed.made.map(Bound::unbind));
                shaped.extend(passed.shape.map(|shape| (k, shape)));
                passed.address
            }
            Type::Scalar(ty) => {
                let value = scalar::pass(&object, *ty, label)?;
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
    for (k, shape) in shaped {
        check_shape(function, k, &shape, &words.words)?;
    }
    Ok(words)
}

/// Checks the trailing dimensions of an array for a parameter that declares them.
fn check_shape(function: &Function, k: usize, shape: &[usize], words: &[u64]) -> PyResult<()> {
    let signature = function.signature();
    let dims = signature.params[k].ty.as_pointer().map_or(&[][..], |pointer| &pointer.dims);
    let extent = |dim: &Extent| match *dim {
        Extent::Const(extent) => Some(extent),
        // An extent that is an index differs from iteration to iteration.
        Extent::Param(k) => words.get(k).copied(),
        Extent::Unknown => None,
    };
    let declared: Vec<_> = dims.iter().map(extent).collect();
    let trailing = shape.len().checked_sub(dims.len()).map(|first| &shape[first..]);
    let fits = trailing.is_some_and(|trailing| {
        let same = |(&given, want): (&usize, &Option<u64>)| want.is_none_or(|w| w == given as u64);
        trailing.iter().zip(&declared).all(same)
    });
    if fits {
        return Ok(());
    }
    let is_signed = |dim: &Extent| match *dim {
        Extent::Param(k) => {
            let scalar = signature.params[k].ty.as_scalar();
            scalar.and_then(Scalar::range).is_some_and(|(least, _)| least < 0)
        }
        _ => false,
    };
    let wanted: Vec<_> = dims
        .iter()
        .zip(&declared)
        .map(|(dim, extent)| match *extent {
            Some(extent) if is_signed(dim) => (extent as i64).to_string(),
            Some(extent) => extent.to_string(),
            None => "any".to_owned(),
        })
        .collect();
    let given: Vec<_> = shape.iter().map(usize::to_string).collect();
    Err(PyValueError::new_err(format!(
        "{} has shape ({}{}), but the trailing dimensions in {signature} are ({})",
        Label::Argument { signature, position: k },
        given.join(", "),
        if given.len() == 1 { "," } else { "" },
        wanted.join(", ")
    )))
}
