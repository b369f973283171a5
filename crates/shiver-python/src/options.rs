//! The keywords that every kind of loop takes.

use std::num::NonZero;
use std::time::Duration;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyFloat;
use shiver::{CancelToken, Plan, Schedule};

use crate::{progress, space, threads};

/// The keywords as they were given.
pub(crate) struct Keywords<'a, 'py> {
    pub(crate) schedule: Option<&'a Bound<'py, PyAny>>,
    pub(crate) grain: Option<&'a Bound<'py, PyAny>>,
    pub(crate) num_threads: Option<&'a Bound<'py, PyAny>>,
    pub(crate) timeout: Option<&'a Bound<'py, PyAny>>,
    pub(crate) progress: Option<&'a Bound<'py, PyAny>>,
}

/// The keywords, read and checked.
pub(crate) struct Options {
    pub(crate) schedule: Schedule,
    pub(crate) grain: Option<NonZero<u64>>,
    /// What the call insists on; `None`: a short loop may stay on its thread.
    pub(crate) threads: Option<NonZero<usize>>,
    /// What the context or the process wishes for calls that do not insist.
    pub(crate) at_most: Option<NonZero<usize>>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) progress: Option<progress::Report>,
}

impl Keywords<'_, '_> {
    pub(crate) fn read(&self, py: Python<'_>) -> PyResult<Options> {
        let (threads, at_most) = match self.num_threads {
            Some(n) => (NonZero::new(positive(n, "num_threads")? as usize), None),
            None => (None, threads::from_context(py)?.or_else(shiver::threads::chosen)),
        };
        Ok(Options {
            schedule: self.schedule.map_or(Ok(Schedule::Auto), read_schedule)?,
            grain: self
                .grain
                .map(|grain| positive(grain, "grain"))
                .transpose()?
                .and_then(NonZero::new),
            threads,
            at_most,
            timeout: self.timeout.map_or(Ok(None), read_timeout)?,
            progress: self.progress.map_or(Ok(None), progress::read)?,
        })
    }
}

impl Options {
    pub(crate) fn plan<'a>(&self, cancel: Option<&'a CancelToken>) -> Plan<'a> {
        let Options { schedule, grain, threads, at_most, .. } = *self;
        Plan { schedule, grain, threads, at_most, cancel, ..Plan::default() }
    }
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

/// Seconds; `None` for more than any clock can count.
fn read_timeout(timeout: &Bound<'_, PyAny>) -> PyResult<Option<Duration>> {
    let py = timeout.py();
    let seconds = if let Ok(float) = timeout.cast::<PyFloat>() {
        float.value()
    } else {
        match timeout.extract::<f64>() {
            Ok(seconds) => seconds,
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => f64::INFINITY,
            Err(_) => {
                return Err(PyTypeError::new_err(format!(
                    "timeout must be a number of seconds, not {}",
                    timeout.get_type().name()?
                )));
            }
        }
    };
    if seconds.is_nan() || seconds < 0.0 {
        return Err(PyValueError::new_err(format!(
            "timeout must be at least 0 seconds, not {timeout}"
        )));
    }
    Ok(Duration::try_from_secs_f64(seconds).ok())
}
