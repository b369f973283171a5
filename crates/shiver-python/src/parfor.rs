//! The call.

use std::num::NonZero;

use pyo3::exceptions::{PyDeprecationWarning, PyTypeError, PyValueError};
use pyo3::ffi::c_str;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use shiver::{Launch, Plan, Schedule};

use crate::errors::exception;
use crate::exit::Running;
use crate::function::FunctionCore;
use crate::waiting::{self, Waiting};
use crate::{arguments, result, space, threads};

/// Runs `fn` for every index of an iteration space, on all cores.
///
/// Parameters
/// ----------
/// fn : Function, or an llvmlite ``ir.Function``
///     The body. Its last parameters are the indices, outermost first.
/// niters : int, slice, range, or a tuple or list with one of these per index
///     The iteration space, with the meaning of Python's ``range``. An entry of a tuple or list may
///     also be a tuple ``(stop,)``, ``(start, stop)`` or ``(start, stop, step)``.
/// fixed_args : tuple or list, or one argument alone
///     The arguments before the indices: arrays for pointers, numbers for scalars.
/// out : ndarray, optional
///     Where to put what the body returns: writable, C-contiguous, of just the results' dtype and
///     shape.
/// schedule : {"auto", "static", "dynamic", "guided"}
///     How pieces come to workers.
/// grain : int, optional
///     Iterations per piece.
/// num_threads : int, optional
///     Workers for this call, the calling thread included.
///
/// Returns
/// -------
/// ndarray or None
///     What the body returned, one element per iteration, in an array of as many dimensions as there
///     are indices; None if it returns nothing.
///
/// Raises
/// ------
/// TypeError
///     For a wrong number of arguments, a dtype other than the declared one, a float for an integer.
/// ValueError
///     For arrays that are not C-contiguous, not writable, or of the wrong byte order or shape; for
///     a step of 0.
/// OverflowError
///     For numbers and index values that their type cannot hold.
///
/// Notes
/// -----
/// Iterations may run in any order and at the same time. Nothing runs and nothing is written when one
/// of these errors is raised. Ctrl-C ends the loop with ``KeyboardInterrupt``.
///
/// Examples
/// --------
/// >>> import numpy as np, shiver
/// >>> x = np.empty(10, dtype=int)
/// >>> fill = shiver.from_c("void fill(long *x, long i) { x[i] = i; }")
/// >>> shiver.parfor(fill, len(x), x)
/// >>> x
/// array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
/// >>> mult = shiver.from_c("float mult(long i, long j) { return (float)i * j; }")
/// >>> shiver.parfor(mult, (10, 20)).shape
/// (10, 20)
#[pyfunction]
#[pyo3(
    signature = (r#fn, niters, fixed_args=None, *, out=None, schedule=None, grain=None,
                 num_threads=None, ee=None),
    text_signature = "(fn, niters, fixed_args=(), *, out=None, schedule='auto', grain=None, \
                      num_threads=None, ee=None)"
)]
#[expect(clippy::too_many_arguments, reason = "they are the keywords of the Python function")]
pub(crate) fn parfor<'py>(
    py: Python<'py>,
    r#fn: &Bound<'py, PyAny>,
    niters: &Bound<'py, PyAny>,
    fixed_args: Option<&Bound<'py, PyAny>>,
    out: Option<&Bound<'py, PyAny>>,
    schedule: Option<&Bound<'py, PyAny>>,
    grain: Option<&Bound<'py, PyAny>>,
    num_threads: Option<&Bound<'py, PyAny>>,
    ee: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if ee.is_some() {
        let text = c_str!("ee= is ignored: Shiver has an execution engine of its own");
        PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), text, 1)?;
    }
    let adapted;
    let core = match r#fn.cast::<FunctionCore>() {
        Ok(core) => core,
        Err(_) => {
            adapted = py.import("shiver.adapters")?.call_method1("as_function", (r#fn,))?;
            adapted.cast::<FunctionCore>()?
        }
    };
    let function = core.get().function();
    let space = space::read(niters)?;
    let schedule = schedule.map_or(Ok(Schedule::Auto), read_schedule)?;
    let grain = grain.map(|grain| positive(grain, "grain")).transpose()?.and_then(NonZero::new);
    let threads = match num_threads {
        Some(n) => NonZero::new(positive(n, "num_threads")? as usize),
        None => threads::from_context(py)?,
    };
    let threads = threads.or_else(|| NonZero::new(shiver::threads::num_threads()));
    let plan = Plan { schedule, grain, threads, ..Plan::default() };

    let mut words = arguments::pass(function, space.dims().len(), fixed_args)?;
    let array = result::array(py, function.signature(), &space, out)?;
    // A pointer crosses into the closure below as a number.
    let data = array.as_ref().map_or(0, |array| result::data(array) as usize);
    let words = words.finish();

    let mut waiting = Waiting::default();
    let running = Running::new();
    let outcome = py.detach(|| {
        let mut launch = Launch::new(function, &space, words.iter().copied())?;
        // SAFETY: the results have room, and the arguments were checked against what the body
        // declares; `words`, `array` and the caller's references keep them. That the body stays
        // inside them and has no races is what Python's user promises.
        let outcome =
            unsafe { launch.run(data as *mut u8, &plan, &mut |tick| waiting.tick(&tick)) };
        Ok((outcome, launch.rest_of_output()))
    });
    drop(running);
    let (outcome, rest) = outcome.map_err(|error| exception(py, error))?;
    let written = rest.map_or(Ok(()), |text| waiting::write(py, &text));
    if let Some(error) = waiting.into_raised() {
        return Err(error);
    }
    let _ = outcome.map_err(|error| exception(py, error))?;
    written?;
    Ok(array)
}

/// Calls the function once and gives what it returned as a plain Python value.
#[pyfunction]
#[pyo3(signature = (r#fn, args))]
pub(crate) fn run(
    py: Python<'_>,
    r#fn: &Bound<'_, FunctionCore>,
    args: &Bound<'_, PyTuple>,
) -> PyResult<Py<PyAny>> {
    let function = r#fn.get().function();
    let objects: Vec<_> = args.iter().collect();
    let mut words = arguments::pass_all(function, 0, &objects)?;
    let words = words.finish();
    let mut bits = [0u64; 2];
    let running = Running::new();
    let outcome = py.detach(|| {
        // SAFETY: a single result has at most 16 bytes; for the rest see `parfor`.
        unsafe { Launch::once(function, words, bits.as_mut_ptr().cast()) }
    });
    drop(running);
    let output = outcome.map_err(|error| exception(py, error))?;
    output.map_or(Ok(()), |text| waiting::write(py, &text))?;
    result::value(py, &function.signature().returns, bits)
}

fn read_schedule(schedule: &Bound<'_, PyAny>) -> PyResult<Schedule> {
    match schedule.extract::<&str>() {
        Ok("auto") => Ok(Schedule::Auto),
        Ok("static") => Ok(Schedule::Static),
        Ok("dynamic") => Ok(Schedule::Dynamic),
        Ok("guided") => Ok(Schedule::Guided),
        Ok(other) => Err(PyValueError::new_err(format!(
            "schedule must be 'auto', 'static', 'dynamic' or 'guided', not {other:?}"
        ))),
        Err(_) => Err(PyTypeError::new_err(format!(
            "schedule must be a str, not {}",
            schedule.get_type().name()?
        ))),
    }
}

/// A whole number of at least 1; a huge one is as good as the largest.
fn positive(object: &Bound<'_, PyAny>, name: &str) -> PyResult<u64> {
    match space::index(object)? {
        Some(n) if n >= 1 => Ok(u64::try_from(n).unwrap_or(u64::MAX)),
        Some(n) => Err(PyValueError::new_err(format!("{name} must be at least 1, not {n}"))),
        None => Err(PyTypeError::new_err(format!(
            "{name} must be an int, not {}",
            object.get_type().name()?
        ))),
    }
}
