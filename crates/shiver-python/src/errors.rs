//! Which exception stands for which error.
//!
//! The classes live in `shiver.errors`, and are looked up when one is raised.

use pyo3::exceptions::{PyOverflowError, PySystemExit, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use shiver::{CodegenError, Error, Failure, SpaceError};

/// Clang's diagnostics as the JSON that `shiver.errors` reads.
pub(crate) fn diagnostics_json(diagnostics: &[shiver::Diagnostic]) -> String {
    serde_json::to_string(diagnostics).expect("diagnostics have string keys only")
}

/// The exception for an error of Shiver's.
pub(crate) fn exception(py: Python<'_>, error: Error) -> PyErr {
    let text = error.to_string();
    match error {
        Error::Compile(diagnostics) => {
            let call = || {
                let errors = py.import("shiver.errors")?;
                errors.call_method1("compile_error", (diagnostics_json(&diagnostics),))
            };
            call().map_or_else(|e| e, PyErr::from_value)
        }
        Error::Link { .. } | Error::Library { .. } => named(py, "LinkError", text),
        Error::Codegen(CodegenError::Signature { .. }) => named(py, "SignatureError", text),
        Error::Codegen(_) | Error::Lost { .. } => named(py, "CompileError", text),
        Error::Space(SpaceError::TooManyIterations) | Error::IndexOverflow { .. } => {
            PyOverflowError::new_err(text)
        }
        Error::ArgumentCount { .. } | Error::Argument { .. } | Error::Result { .. } => {
            PyTypeError::new_err(text)
        }
        Error::Flag { .. }
        | Error::Ambiguous { .. }
        | Error::Prototype { .. }
        | Error::Target { .. }
        | Error::Space(_) => PyValueError::new_err(text),
        Error::Kernel(failure) => {
            let Failure { code, message, object, indices } = failure;
            let object = object.map(|bytes| PyBytes::new(py, &bytes).unbind());
            let call = || {
                let indices = PyTuple::new(py, indices)?;
                let errors = py.import("shiver.errors")?;
                errors.call_method1("kernel_error", (code, message, indices, object))
            };
            call().map_or_else(|e| e, PyErr::from_value)
        }
        // The gate has told timeouts, forks and exceptions apart. What is left is the interpreter's
        // end, and a thread that waits then has nothing to do but to end too, in silence.
        Error::Cancelled => PySystemExit::new_err(()),
        _ => named(py, "ShiverError", text),
    }
}

/// An exception of a class in `shiver.errors`.
fn named(py: Python<'_>, class: &str, text: String) -> PyErr {
    let make = || py.import("shiver.errors")?.getattr(class)?.call1((text,));
    make().map_or_else(|e| e, PyErr::from_value)
}
