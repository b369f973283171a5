//! The native half of `shiver.Module`.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple, PyType};
use shiver::module::Identity;
use shiver::pointer::Target;
use shiver::{FastMath, Input, Module, Options, Signature, Type};

use crate::apart;
use crate::errors::{diagnostics_json, exception};
use crate::exit;

/// A piece of bitcode; `shiver.Module` is its public face.
#[pyclass(frozen, subclass, weakref, module = "shiver._native")]
pub(crate) struct ModuleCore {
    module: Module,
}

impl ModuleCore {
    pub(crate) fn module(&self) -> &Module {
        &self.module
    }
}

thread_local! {
    /// A module on its way through a Python class to its `__new__`, where only native code can put one.
    static MADE: RefCell<Option<Module>> = const { RefCell::new(None) };
}

/// Makes an instance of `cls`, a subclass written in Python.
fn instance<'py>(cls: &Bound<'py, PyType>, module: Module) -> PyResult<Bound<'py, PyAny>> {
    MADE.set(Some(module));
    let made = cls.call0();
    MADE.take();
    made
}

fn read_fastmath(names: &[String]) -> PyResult<FastMath> {
    let mut fast = FastMath::default();
    match names.iter().find(|name| !fast.set(name)) {
        None => Ok(fast),
        Some(wrong) => Err(PyValueError::new_err(format!("fastmath has no flag {wrong:?}"))),
    }
}

/// Replaces what was found of a function by what was given, but for what is behind a pointer of which
/// nobody said anything.
fn declare(found: &mut Signature, given: &Signature) {
    found.name.clone_from(&given.name);
    found.returns = given.returns.clone();
    for (found, given) in found.params.iter_mut().zip(&given.params) {
        let unsaid = given.ty.as_pointer().is_some_and(|pointer| pointer.to == Type::Unknown);
        if unsaid && found.ty.as_pointer().is_some() {
            found.name.clone_from(&given.name);
            continue;
        }
        let never_written = found.ty.as_pointer().is_some_and(|pointer| pointer.is_const);
        *found = given.clone();
        if let Type::Pointer(pointer) = &mut found.ty
            && pointer.signless
        {
            // Whose types have no signs, they have no const either; the code tells.
            pointer.is_const = never_written;
        }
    }
}

#[pymethods]
impl ModuleCore {
    #[new]
    #[pyo3(signature = (*args, **_kwargs))]
    fn new(args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<ModuleCore> {
        let made = args.is_empty().then(|| MADE.take()).flatten();
        let module = made.ok_or_else(|| {
            PyTypeError::new_err(
                "a Module is made by from_c, module_from_c or from_llvm, not by calling the class",
            )
        })?;
        Ok(ModuleCore { module })
    }

    /// Compiles C or C++.
    #[classmethod]
    #[expect(clippy::too_many_arguments, reason = "they are the options of from_c")]
    fn compile_c<'py>(
        cls: &Bound<'py, PyType>,
        src: &str,
        lang: &str,
        flags: Vec<String>,
        include_dirs: Vec<PathBuf>,
        defines: Vec<(String, Option<String>)>,
        libraries: Vec<String>,
        fastmath: Vec<String>,
        link: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let language = shiver::module::language(lang).ok_or_else(|| {
            PyValueError::new_err(format!("lang must be 'c' or 'c++', not {lang:?}"))
        })?;
        let fast = read_fastmath(&fastmath)?;
        let options = Options { language, flags, include_dirs, defines, fastmath: fast };
        let py = cls.py();
        let module = exit::detached(py, || Module::from_c_with(src, &options, &libraries, link))?;
        instance(cls, module.map_err(|error| exception(py, error))?)
    }

    /// Takes textual IR or bitcode. With a name, that function and what it reaches. `signature`, in JSON,
    /// replaces what is known of the function of its symbol, where the numbers of parameters agree.
    #[classmethod]
    fn import_llvm<'py>(
        cls: &Bound<'py, PyType>,
        code: &Bound<'py, PyAny>,
        name: Option<&str>,
        signature: Option<&str>,
        fastmath: Vec<String>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cls.py();
        let signature = signature.map(Signature::from_json).transpose();
        let signature = signature.map_err(|e| PyValueError::new_err(e.to_string()))?;
        let fast = read_fastmath(&fastmath)?;
        let text = code.cast::<PyString>().ok().map(|text| text.to_string());
        let bitcode = code.cast::<PyBytes>().ok().map(|bytes| bytes.as_bytes());
        let input = match (&text, bitcode) {
            (Some(text), _) => Input::Text(text),
            (_, Some(bitcode)) => Input::Bitcode(bitcode),
            _ => return Err(PyTypeError::new_err("code must be str or bytes")),
        };
        apart::use_interpreter(py);
        let module = exit::detached(py, || {
            let mut refine = |found: &mut Signature| {
                if let Some(given) = &signature
                    && given.symbol == found.symbol
                    && given.params.len() == found.params.len()
                {
                    declare(found, given);
                }
            };
            let module = Module::from_llvm(input, name, &mut refine)?;
            if fastmath.is_empty() { Ok(module) } else { module.with_fast_math(fast) }
        })?;
        instance(cls, module.map_err(|error| exception(py, error))?)
    }

    /// A module of the one function that is at an address, of the type that C declares. With a
    /// context, the last parameter takes it, and is not one of the function's.
    #[classmethod]
    fn from_address<'py>(
        cls: &Bound<'py, PyType>,
        declaration: &str,
        address: usize,
        context: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = cls.py();
        let target = Target { address, context };
        // SAFETY: that a function of that type is there, and stays, is what the Python user promises.
        let module = exit::detached(py, || unsafe { Module::from_address(declaration, target) })?;
        instance(cls, module.map_err(|error| exception(py, error))?)
    }

    /// The address of the function, of a module that only calls one.
    #[getter]
    fn target(&self) -> Option<usize> {
        self.module.identity().target.map(|target| target.address)
    }

    /// Makes a module again of what `state` gave.
    #[classmethod]
    fn from_state<'py>(
        cls: &Bound<'py, PyType>,
        state: (Bound<'py, PyBytes>, Vec<String>, bool, bool),
    ) -> PyResult<Bound<'py, PyAny>> {
        let (bitcode, libraries, link, foreign) = state;
        let bitcode = bitcode.as_bytes().to_vec();
        let identity = Identity { bitcode, libraries, link, target: None, foreign };
        let py = cls.py();
        apart::use_interpreter(py);
        let module = exit::detached(py, || Module::from_identity(identity))?;
        instance(cls, module.map_err(|error| exception(py, error))?)
    }

    /// All that has to travel: bitcode and options.
    fn state<'py>(&self, py: Python<'py>) -> (Bound<'py, PyBytes>, Vec<String>, bool, bool) {
        let Identity { bitcode, libraries, link, foreign, .. } = self.module.identity();
        (PyBytes::new(py, bitcode), libraries.clone(), *link, *foreign)
    }

    /// LLVM's bitcode.
    #[getter]
    fn bitcode<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.module.identity().bitcode)
    }

    /// What clang warned of, as JSON.
    #[getter]
    fn warnings(&self) -> String {
        diagnostics_json(self.module.warnings())
    }

    /// Whether its source read files of the disk or looked for some.
    #[getter]
    fn reads_files(&self) -> bool {
        self.module.reads_files()
    }

    /// The signature of each function that can be a body, as JSON.
    fn signatures(&self) -> Vec<String> {
        self.module.signatures().iter().map(Signature::to_json).collect()
    }

    /// LLVM's textual IR.
    fn ir(&self, py: Python<'_>) -> PyResult<String> {
        exit::detached(py, || self.module.ir())?.map_err(|error| exception(py, error))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<ModuleCore>().is_ok_and(|other| other.get().module == self.module)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.module.hash(&mut hasher);
        hasher.finish()
    }
}

/// Makes `name` stand for `address` in all code that is loaded from now on.
#[pyfunction]
pub(crate) fn add_symbol(name: &str, address: usize) {
    // SAFETY: that the address is one, and stays one, is what the Python user promises.
    unsafe { shiver::symbols::add_symbol(name, address) }
}
