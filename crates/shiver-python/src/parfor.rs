//! The call.

use pyo3::exceptions::PyDeprecationWarning;
use pyo3::ffi::c_str;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use shiver::{CancelToken, Launch, Space};

use crate::arguments::Words;
use crate::errors::exception;
use crate::exit;
use crate::function::FunctionCore;
use crate::gate::{self, Ran};
use crate::options::{Keywords, Options};
use crate::result::Results;
use crate::{arguments, function, result, space, waiting};

/// A loop whose arguments have been read and checked, and are held.
pub(crate) struct Loop {
    core: Py<FunctionCore>,
    space: Space,
    words: Words,
    results: Option<Results>,
    options: Options,
}

impl Loop {
    /// Reads and checks all that there is to check: nothing is compiled, run or written.
    pub(crate) fn prepare<'py>(
        py: Python<'py>,
        r#fn: &Bound<'py, PyAny>,
        niters: &Bound<'py, PyAny>,
        fixed_args: Option<&Bound<'py, PyAny>>,
        out: Option<&Bound<'py, PyAny>>,
        keywords: &Keywords<'_, 'py>,
    ) -> PyResult<Loop> {
        let core = function::core(r#fn)?;
        let function = core.get().function();
        let space = space::read(niters)?;
        let options = keywords.read(py)?;
        let words = arguments::pass(py, function, space.dims().len(), fixed_args)?;
        let results = result::array(py, function.signature(), &space, out)?;
        Ok(Loop { core: core.unbind(), space, words, results, options })
    }

    /// Runs it, and gives the array of its results.
    pub(crate) fn run(
        &mut self,
        py: Python<'_>,
        cancel: Option<&CancelToken>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let function = self.core.get().function();
        let space = &self.space;
        let data = self.results.as_ref().map_or(0, |results| results.data);
        let words = self.words.finish();
        gate::run(py, &self.options, cancel, space.iterations(), &[function], |plan, between| {
            let mut launch = match Launch::new(function, space, words.iter().copied()) {
                Ok(launch) => launch,
                Err(error) => return error.into(),
            };
            // SAFETY: the results have room, and the arguments were checked against what the body
            // declares; `self` keeps them. That the body stays inside them and has no races is what
            // Python's user promises.
            let result = unsafe { launch.run(data as *mut u8, plan, between) };
            Ran {
                result: result.map(|_| ()),
                outcome: launch.outcome(),
                output: launch.rest_of_output(),
            }
        })?;
        Ok(self.results.take().map(|results| results.array))
    }
}

/// Runs `fn` for every index of an iteration space, on all cores.
///
/// Parameters
/// ----------
/// fn : Function, or whatever `from_llvm` takes
///     The body. Its last parameters are the indices, outermost first. LLVM code and functions of llvmlite
///     and numba are taken as `from_llvm` takes them, and made once.
/// niters : int, slice, range, or a tuple or list with one of these per index
///     The iteration space, with the meaning of Python's ``range``. An entry of a tuple or list may
///     also be a tuple ``(stop,)``, ``(start, stop)`` or ``(start, stop, step)``.
/// fixed_args : tuple or list, or one argument alone
///     The arguments before the indices: arrays for pointers, numbers for scalars. An array is NumPy's,
///     or anything that shares its memory: the buffer protocol, ``__array_interface__``, DLPack on the
///     CPU, ctypes, cffi, pyarrow. Nothing is copied.
/// out : ndarray, optional
///     Where to put what the body returns: writable, C-contiguous, of just the results' dtype and
///     shape.
/// schedule : {"auto", "static", "dynamic", "guided"}
///     How pieces come to workers.
/// grain : int, optional
///     Iterations per piece.
/// num_threads : int, optional
///     Workers for this call, the calling thread included.
/// timeout : float, optional
///     Seconds after which the loop is ended with a ``TimeoutError``, between two pieces: within 100 ms
///     where single iterations are short. Compiling, at the first call, counts.
/// progress : bool or callable, optional
///     True shows a bar, for which the package ``tqdm`` is needed. A callable gets ``(done, total)``,
///     numbers of iterations, about every 10 ms from the calling thread alone, and ``(total, total)``
///     at the end; an exception that it raises ends the loop.
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
/// KernelError
///     When the body reports a failure, such as an exception in a function of numba's. The first ends the
///     loop; which of several is told is not fixed, its indices are exact.
/// TimeoutError
///     When the time is up. What the iterations that ran have written stays written.
/// ImportError
///     For ``progress=True`` without ``tqdm``.
///
/// Notes
/// -----
/// Iterations may run in any order and at the same time. Nothing runs and nothing is written when an
/// argument is refused. Ctrl-C ends the loop with ``KeyboardInterrupt``.
///
/// Memory is held while the loop runs, and one that refuses writing is for ``const`` parameters: so are
/// pyarrow's arrays; a DLPack capsule of the form without flags can be written. Host memory of CUDA and
/// ROCm counts as the CPU's. Masked arrays are refused. The fields of a structured dtype go by where they
/// lie; they may have other names than the struct's, but not each other's.
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
                 num_threads=None, timeout=None, progress=None, ee=None),
    text_signature = "(fn, niters, fixed_args=(), *, out=None, schedule='auto', grain=None, \
                      num_threads=None, timeout=None, progress=None, ee=None)"
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
    timeout: Option<&Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
    ee: Option<&Bound<'py, PyAny>>,
) -> PyResult<Option<Py<PyAny>>> {
    if ee.is_some() {
        let text = c_str!("ee= is ignored: Shiver has an execution engine of its own");
        PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), text, 1)?;
    }
    let keywords = Keywords { schedule, grain, num_threads, timeout, progress };
    Loop::prepare(py, r#fn, niters, fixed_args, out, &keywords)?.run(py, None)
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
    let mut words = arguments::pass_all(function, 0, Some(args))?;
    let words = words.finish();
    let mut bits = [0u64; 2];
    let outcome = exit::detached(py, || {
        // SAFETY: a single result has at most 16 bytes; for the rest see `parfor`.
        unsafe { Launch::once(function, words, bits.as_mut_ptr().cast()) }
    })?;
    let output = outcome.map_err(|error| exception(py, error))?;
    output.map_or(Ok(()), |text| waiting::write(py, &text))?;
    result::value(py, &function.signature().returns, bits)
}
