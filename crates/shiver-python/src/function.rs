//! The native half of `shiver.Function`.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use shiver::{Function, Stage};

use crate::errors::exception;
use crate::exit;
use crate::module::ModuleCore;

/// The body of a loop; `shiver.Function` is its public face.
#[pyclass(frozen, subclass, weakref, module = "shiver._native")]
pub(crate) struct FunctionCore {
    function: Function,
    /// The Python object that the function was made from.
    module: Py<ModuleCore>,
    /// Hashing the bitcode once is enough.
    hash: u64,
}

impl FunctionCore {
    pub(crate) fn function(&self) -> &Function {
        &self.function
    }
}

#[pymethods]
impl FunctionCore {
    #[new]
    #[pyo3(signature = (*args, **_kwargs))]
    fn new(
        args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<FunctionCore> {
        let py = args.py();
        let Ok((module, name)) = args.extract::<(Py<ModuleCore>, String)>() else {
            return Err(PyTypeError::new_err(
                "a Function is made by from_c or from_llvm, or taken out of a Module, not by calling \
                 the class",
            ));
        };
        let function = module.get().module().function(&name);
        let function = function.map_err(|error| exception(py, error))?;
        let mut hasher = DefaultHasher::new();
        function.hash(&mut hasher);
        Ok(FunctionCore { function, module, hash: hasher.finish() })
    }

    /// Its name in the source.
    #[getter]
    fn name(&self) -> &str {
        &self.function.signature().name
    }

    /// Its prototype, with NumPy's type names.
    #[getter]
    fn signature(&self) -> String {
        self.function.signature().to_string()
    }

    /// Its signature as JSON.
    #[getter]
    fn signature_json(&self) -> String {
        self.function.signature().to_json()
    }

    /// The module that it is a part of.
    #[getter]
    fn module_core(&self, py: Python<'_>) -> Py<ModuleCore> {
        self.module.clone_ref(py)
    }

    /// A loop nest as text, "ir" or "asm": the one with that many unit-step indices, or the one that ran
    /// last.
    fn inspect(&self, py: Python<'_>, stage: &str, indices: Option<usize>) -> PyResult<String> {
        let stage = match stage {
            "ir" => Stage::Ir,
            "asm" => Stage::Assembly,
            other => return Err(PyValueError::new_err(format!("no stage is called {other:?}"))),
        };
        let text = exit::detached(py, || self.function.inspect(indices, stage))?;
        text.map_err(|error| exception(py, error))
    }

    /// What LLVM made of such a loop, as JSON.
    fn report_json(&self, py: Python<'_>, indices: Option<usize>) -> PyResult<String> {
        let report = exit::detached(py, || self.function.report(indices))?;
        let report = report.map_err(|error| exception(py, error))?;
        Ok(serde_json::to_string(&report)
            .expect("a report has string keys and finite numbers only"))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<FunctionCore>().is_ok_and(|other| other.get().function == self.function)
    }

    fn __hash__(&self) -> u64 {
        self.hash
    }
}

/// The function that an object means: one of ours, or what the adapters make of another library's.
pub(crate) fn core<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, FunctionCore>> {
    if let Ok(core) = object.cast::<FunctionCore>() {
        return Ok(core.clone());
    }
    let adapters = object.py().import("shiver.adapters")?;
    Ok(adapters.call_method1("as_function", (object,))?.cast_into()?)
}

/// The address of the compiled C function, which then stays for the life of the process.
#[pyfunction]
#[pyo3(signature = (r#fn))]
pub(crate) fn address_of(py: Python<'_>, r#fn: &Bound<'_, FunctionCore>) -> PyResult<usize> {
    let function = r#fn.get().function();
    exit::detached(py, || function.address())?.map_err(|error| exception(py, error))
}
