//! The two calls for Rust.

use std::io::Write;
use std::ops::ControlFlow;

use shiver_queue::Plan;

use crate::args::agree;
use crate::launch::Tick;
use crate::{Args, Element, Error, Function, IntoSpace, Launch, threads};

/// Runs `function` for every index of `space`, on all cores. What it returns is dropped.
///
/// Iterations may run in any order and at the same time. What bodies print goes to standard output,
/// whole lines at a time, written by the calling thread.
///
/// # Errors
///
/// [`Error::ArgumentCount`], [`Error::Argument`], [`Error::IndexOverflow`], [`Error::Space`] for what
/// does not fit the function, [`Error::Memory`] without room for the results, and compile and link
/// errors, before anything runs;
/// [`Error::Cancelled`] where the plan's token ended the loop.
///
/// # Safety
///
/// The body is foreign code: it must stay inside the slices that it is given, and two iterations must
/// not touch one element unless both read, or both are atomic.
///
/// ```
/// use shiver::{Args, Function, Plan, parfor};
/// # fn main() -> Result<(), shiver::Error> {
/// let axpy = Function::from_c(
///     "void axpy(double a, const double *x, double *y, long i) { y[i] += a * x[i]; }",
///     &Default::default(),
/// )?;
/// let (x, mut y) = (vec![1.0; 100], vec![2.0; 100]);
/// // SAFETY: the body touches x[i] and y[i] alone.
/// unsafe { parfor(&axpy, 100, Args::new().scalar(3.0).slice(&x).slice_mut(&mut y), &Plan::default())? };
/// assert!(y.iter().all(|&v| v == 5.0));
/// # Ok(())
/// # }
/// ```
pub unsafe fn parfor(
    function: &Function,
    space: impl IntoSpace,
    args: Args<'_>,
    plan: &Plan<'_>,
) -> Result<(), Error> {
    let space = space.into_space()?;
    let size = function.signature().returns.as_scalar().map_or(0, |scalar| scalar.size());
    // Of 16 bytes, for the alignment of the widest type.
    let mut dropped = room::<u128>(space.iterations().saturating_mul(size as u64).div_ceil(16))?;
    // SAFETY: the memory holds a result per iteration; the rest is the caller's promise.
    unsafe { run(function, &space, &args, dropped.as_mut_ptr().cast(), plan) }
}

/// Runs `function` for every index of `space` and collects what it returns, in row-major order.
///
/// # Errors
///
/// As for [`parfor`]; [`Error::Result`] where the function returns something else than `T`.
///
/// # Safety
///
/// As for [`parfor`].
///
/// ```
/// use shiver::{Args, Function, Plan, parfor_map};
/// # fn main() -> Result<(), shiver::Error> {
/// let ident = Function::from_c("long ident(long i) { return i; }", &Default::default())?;
/// // SAFETY: the body touches no memory.
/// let values: Vec<i64> = unsafe { parfor_map(&ident, -3..3, Args::new(), &Plan::default())? };
/// assert_eq!(values, [-3, -2, -1, 0, 1, 2]);
/// # Ok(())
/// # }
/// ```
pub unsafe fn parfor_map<T: Element>(
    function: &Function,
    space: impl IntoSpace,
    args: Args<'_>,
    plan: &Plan<'_>,
) -> Result<Vec<T>, Error> {
    let space = space.into_space()?;
    let returns = &function.signature().returns;
    if !returns.as_scalar().is_some_and(|scalar| agree(T::SCALAR, scalar)) {
        return Err(Error::Result { returns: returns.to_string(), wanted: T::SCALAR.name() });
    }
    let mut results = room::<T>(space.iterations())?;
    // SAFETY: the memory holds a result per iteration. A loop that returns `Ok` has run them all, so
    // every element has been written; the rest is the caller's promise.
    unsafe {
        run(function, &space, &args, results.as_mut_ptr().cast(), plan)?;
        results.set_len(space.iterations() as usize);
        Ok(results)
    }
}

/// An empty vector with room for that many results, which nobody has touched yet.
fn room<T>(count: u64) -> Result<Vec<T>, Error> {
    let mut room = Vec::new();
    let bytes = count.saturating_mul(size_of::<T>() as u64);
    let count = usize::try_from(count).map_err(|_| Error::Memory { bytes })?;
    room.try_reserve_exact(count).map_err(|_| Error::Memory { bytes })?;
    Ok(room)
}

/// # Safety
///
/// As for [`Launch::run`].
unsafe fn run(
    function: &Function,
    space: &shiver_queue::Space,
    args: &Args<'_>,
    result: *mut u8,
    plan: &Plan<'_>,
) -> Result<(), Error> {
    let words = args.words(function.signature(), space.dims().len())?;
    let mut launch = Launch::new(function, space, words.into_iter())?;
    let plan = with_threads(plan);
    // SAFETY: the caller's promise.
    let outcome = unsafe { launch.run(result, &plan, &mut print) };
    launch.rest_of_output().as_deref().map(write_out);
    outcome.map(|_| ())
}

/// A plan that says how many threads it may have at most, where it does not insist on a number.
pub(crate) fn with_threads<'a>(plan: &Plan<'a>) -> Plan<'a> {
    Plan { at_most: plan.at_most.or_else(threads::chosen), ..*plan }
}

/// What the waiting thread does: it writes what bodies print.
pub(crate) fn print(tick: Tick<'_>) -> ControlFlow<()> {
    tick.output.map(write_out);
    ControlFlow::Continue(())
}

/// Writes what bodies printed; where standard output is closed, there is nobody to tell.
pub(crate) fn write_out(text: &[u8]) {
    let _ = std::io::stdout().lock().write_all(text);
}
