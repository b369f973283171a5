//! The native module of the Python package.
//!
//! Python's objects become words of a frame here, and errors exceptions; loops run with the
//! interpreter's lock released. It knows nothing of LLVM, and the package in front of it,
//! `python/shiver`, holds all that need not be native: error classes, types, the finer points of
//! `from_c`.
//!
//! * [`module`], [`function`]: the two classes that Python subclasses
//! * [`space`]: what `niters` can be
//! * [`arguments`]: fixed arguments become words, each by way of [`array`](mod@array) or [`scalar`]
//! * [`layout`]: whether a dtype and a C type lay memory out alike
//! * [`result`]: arrays that collect results, and single results
//! * [`parfor`](mod@parfor): the call
//! * [`waiting`]: what the waiting thread does: signals, printing
//! * [`errors`]: which exception stands for which error
//! * [`threads`], [`exit`], [`versions`]: the process-wide rest

mod arguments;
mod array;
mod errors;
mod exit;
mod function;
mod layout;
mod module;
mod parfor;
mod result;
mod scalar;
mod space;
mod threads;
mod versions;
mod waiting;

/// The native part of Shiver; `shiver` is its public face.
#[pyo3::pymodule]
mod _native {
    #[pymodule_export]
    use super::exit::shut_down;
    #[pymodule_export]
    use super::function::{FunctionCore, address_of};
    #[pymodule_export]
    use super::module::{ModuleCore, add_symbol};
    #[pymodule_export]
    use super::parfor::{parfor, run};
    #[pymodule_export]
    use super::threads::{get_num_threads, set_num_threads, use_context_variable};
    #[pymodule_export]
    use super::versions::versions;
}
