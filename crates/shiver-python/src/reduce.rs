//! The call that makes one value of many.

use half::f16;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;
use shiver::reduce::{Op, Reduce};
use shiver::{Function, Reduction, Scalar, Type};

use crate::function::{self, FunctionCore};
use crate::gate::{self, Ran};
use crate::label::Label;
use crate::options::Keywords;
use crate::{arguments, result, scalar, space};

/// The operators by name.
const BUILTIN: [(&str, Reduction); 9] = [
    ("+", Reduction::Add),
    ("*", Reduction::Multiply),
    ("min", Reduction::Min),
    ("max", Reduction::Max),
    ("&", Reduction::BitAnd),
    ("|", Reduction::BitOr),
    ("^", Reduction::BitXor),
    ("and", Reduction::All),
    ("or", Reduction::Any),
];

/// `op=`, as it was given.
enum Given<'py> {
    Builtin(&'static str, Reduction),
    Function(Bound<'py, FunctionCore>),
}

impl Given<'_> {
    fn op(&self) -> Op<'_> {
        match self {
            Given::Builtin(_, reduction) => Op::Builtin(*reduction),
            Given::Function(core) => Op::Function(core.get().function()),
        }
    }

    /// The type of the accumulator for what `body` returns.
    fn accumulator(&self, body: &Function) -> PyResult<Scalar> {
        let signature = body.signature();
        let Type::Scalar(scalar) = signature.returns else {
            return Err(PyTypeError::new_err(format!(
                "{signature} returns no number that could be reduced"
            )));
        };
        match self {
            Given::Builtin(name, reduction) => reduction.accumulator(scalar).ok_or_else(|| {
                PyTypeError::new_err(format!(
                    "op {name:?} means nothing for {scalar}, which {signature} returns"
                ))
            }),
            Given::Function(core) => {
                let combine = core.get().function().signature();
                let wanted = Type::Scalar(scalar);
                let takes = combine.params.iter().map(|param| &param.ty);
                if takes.eq([&wanted, &wanted]) && combine.returns == wanted {
                    return Ok(scalar);
                }
                Err(PyTypeError::new_err(format!(
                    "op must take two {scalar} and return one, as {signature} returns {scalar}; it \
                     is {combine}"
                )))
            }
        }
    }

    /// What an empty space gives; `None` where there is no such value.
    fn identity(&self, accumulator: Scalar) -> Option<[u64; 2]> {
        let Given::Builtin(_, reduction) = self else { return None };
        match reduction {
            Reduction::Add | Reduction::BitOr | Reduction::BitXor | Reduction::Any => Some([0, 0]),
            Reduction::Multiply => Some(match accumulator {
                Scalar::Float32 => [1f32.to_bits().into(), 0],
                Scalar::Float64 | Scalar::Complex128 => [1f64.to_bits(), 0],
                Scalar::Complex64 => [1f32.to_bits().into(), 0],
                _ => [1, 0],
            }),
            Reduction::All => Some([1, 0]),
            Reduction::BitAnd if accumulator == Scalar::Bool => Some([1, 0]),
            Reduction::BitAnd => Some([u64::MAX, 0]),
            Reduction::Min | Reduction::Max | Reduction::Function => None,
        }
    }

    fn name(&self) -> String {
        match self {
            Given::Builtin(name, _) => format!("{name:?}"),
            Given::Function(core) => core.get().function().signature().name.clone(),
        }
    }
}

fn read_op<'py>(op: Option<&Bound<'py, PyAny>>) -> PyResult<Given<'py>> {
    let Some(op) = op else { return Ok(Given::Builtin("+", Reduction::Add)) };
    if let Ok(text) = op.cast::<PyString>() {
        let text = text.to_string();
        let known = BUILTIN.iter().find(|(name, _)| *name == text);
        return known.map(|&(name, reduction)| Given::Builtin(name, reduction)).ok_or_else(|| {
            let names: Vec<_> = BUILTIN.iter().map(|(name, _)| format!("{name:?}")).collect();
            PyValueError::new_err(format!(
                "op {text:?} is none of {}, nor a Function of two values",
                names.join(" ")
            ))
        });
    }
    function::core(op).map(Given::Function).map_err(|error| {
        let py = op.py();
        // An error of its own is one about a function that cannot be used.
        if !error.get_type(py).is(py.get_type::<PyTypeError>()) {
            return error;
        }
        let kind = op.get_type().name().map_or_else(|_| "an object".into(), |n| n.to_string());
        PyTypeError::new_err(format!(
            "op must be a str such as \"+\" or a Function of two values, not {kind}"
        ))
    })
}

/// Combines what `fn` returns for every index of an iteration space into one value, on all cores.
///
/// Parameters
/// ----------
/// fn, niters, fixed_args, schedule, grain, num_threads, timeout, progress
///     As for `parfor`.
/// op : {"+", "*", "min", "max", "&", "|", "^", "and", "or"} or Function
///     How two values become one. A `Function` takes two values of the type that `fn` returns, and
///     returns one. Its operands come in the order of the iterations, so it must be associative and
///     need not commute.
/// init : scalar, optional
///     Combined once, before all else; what an empty space gives. For a `Function` it must be the
///     identity, and may be combined any number of times.
///
/// Returns
/// -------
/// NumPy scalar
///     Of the type that NumPy's ``ufunc.reduce`` gives: integers narrower than 64 bits become
///     ``int64`` or ``uint64`` for "+" and "*", which wrap around; float types stay; "and" and "or"
///     give a ``bool``. A sum or product of ``float16`` is made in ``float32`` and rounded at the end.
///     "min" and "max" give NaN if any value is NaN.
///
/// Raises
/// ------
/// ValueError
///     An ``op`` that there is not; an empty space for "min", "max" or a `Function` without ``init``.
/// TypeError
///     An ``op`` that means nothing for the type; whatever `parfor` refuses.
/// OverflowError
///     An ``init`` that does not fit the result's type.
///
/// Notes
/// -----
/// The result has the same bits for any number of threads, schedule and grain: partial results are
/// made of blocks of 8192 iterations or more, whose borders depend on the iteration space alone, and
/// combined in a fixed order.
///
/// Examples
/// --------
/// >>> import numpy as np, shiver
/// >>> x = np.arange(1000.0)
/// >>> square = shiver.from_c("double square(const double *x, long i) { return x[i] * x[i]; }")
/// >>> shiver.reduce(square, len(x), x) == (x * x).sum()
/// np.True_
/// >>> shiver.reduce(square, len(x), x, "max")
/// np.float64(998001.0)
/// >>> last = shiver.from_c("double last(double a, double b) { return b; }")
/// >>> shiver.reduce(square, 10, x, last)
/// np.float64(81.0)
#[pyfunction]
#[pyo3(
    signature = (r#fn, niters, fixed_args=None, op=None, *, init=None, schedule=None, grain=None,
                 num_threads=None, timeout=None, progress=None),
    text_signature = "(fn, niters, fixed_args=(), op='+', *, init=None, schedule='auto', \
                      grain=None, num_threads=None, timeout=None, progress=None)"
)]
#[expect(clippy::too_many_arguments, reason = "they are the keywords of the Python function")]
pub(crate) fn reduce<'py>(
    py: Python<'py>,
    r#fn: &Bound<'py, PyAny>,
    niters: &Bound<'py, PyAny>,
    fixed_args: Option<&Bound<'py, PyAny>>,
    op: Option<&Bound<'py, PyAny>>,
    init: Option<&Bound<'py, PyAny>>,
    schedule: Option<&Bound<'py, PyAny>>,
    grain: Option<&Bound<'py, PyAny>>,
    num_threads: Option<&Bound<'py, PyAny>>,
    timeout: Option<&Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Py<PyAny>> {
    let core = function::core(r#fn)?;
    let function = core.get().function();
    let space = space::read(niters)?;
    let given = read_op(op)?;
    let options = Keywords { schedule, grain, num_threads, timeout, progress }.read(py)?;
    let accumulator = given.accumulator(function)?;
    let mut words = arguments::pass(py, function, space.dims().len(), fixed_args)?;
    let init = init.map(|init| scalar::pass(init, accumulator, Label::Init)).transpose()?;
    let empty = init.or_else(|| given.identity(accumulator));
    if space.iterations() == 0 && empty.is_none() {
        return Err(PyValueError::new_err(format!(
            "there are no iterations, and op {} of nothing has no value: give init=",
            given.name()
        )));
    }

    let words = words.finish();
    let op = given.op();
    let functions: &[&Function] = match op {
        Op::Builtin(_) => &[function],
        Op::Function(op) => &[function, op],
    };
    let bits = gate::run(py, &options, None, space.iterations(), functions, |plan, between| {
        let mut reduce = match Reduce::new(function, &space, words.iter().copied(), op) {
            Ok(reduce) => reduce,
            Err(error) => return error.into(),
        };
        // SAFETY: as for `Loop::run`; `init` is a value of the accumulator's type.
        let result = unsafe { reduce.run(init, plan, between) };
        Ran {
            result: result.map(|(bits, _)| bits),
            outcome: reduce.outcome(),
            output: reduce.rest_of_output(),
        }
    })?;
    let bits = bits.or(empty).expect("an empty space without a value was refused");
    let returns = function.signature().returns.as_scalar();
    if returns == Some(Scalar::Float16) && accumulator == Scalar::Float32 {
        let sum = f16::from_f32(f32::from_bits(bits[0] as u32));
        return result::numpy_scalar(py, Scalar::Float16, [sum.to_bits().into(), 0]);
    }
    result::numpy_scalar(py, accumulator, bits)
}
