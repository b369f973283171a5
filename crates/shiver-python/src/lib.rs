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
//! * [`label`]: how messages name an argument
//! * [`layout`]: whether a dtype and a C type lay memory out alike, structs by [`record`]
//! * [`dlpack`]: memory that other libraries lend, whose structures are in [`tensor`]
//! * [`result`]: arrays that collect results, and single results
//! * [`options`]: the keywords that all kinds of loop take
//! * [`parfor`](mod@parfor), [`reduce`](mod@reduce): the calls
//! * [`apart`]: the process in which LLVM sees code from outside
//! * [`pending`]: a loop for another thread
//! * [`gate`]: the one way into a running loop and out of it
//! * [`interrupts`]: Ctrl-C in loops that call Python back
//! * [`waiting`]: what the waiting thread does meanwhile: signals, the clock, printing, [`progress`]
//! * [`stats`](mod@stats): what a thread's last loop did
//! * [`errors`]: which exception stands for which error
//! * [`json`]: what the rooms below tell as JSON, as Python's objects
//! * [`cache`], [`threads`], [`exit`], [`versions`]: the process-wide rest

mod apart;
mod arguments;
mod array;
mod cache;
mod dlpack;
mod errors;
mod exit;
mod function;
mod gate;
mod interpreter;
mod interrupts;
mod json;
mod label;
mod layout;
mod module;
mod options;
mod parfor;
mod pending;
mod progress;
mod record;
mod reduce;
mod result;
mod scalar;
mod space;
mod stats;
mod tensor;
mod threads;
mod versions;
mod waiting;

/// The native part of Shiver; `shiver` is its public face.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::apart::serve;
    #[pymodule_export]
    use super::cache::{cache_info, clear_cache, dump_trouble};
    #[pymodule_export]
    use super::dlpack::read_dlpack;
    #[pymodule_export]
    use super::exit::shut_down;
    #[pymodule_export]
    use super::function::{FunctionCore, address_of};
    #[pymodule_export]
    use super::json::read_json;
    #[pymodule_export]
    use super::module::{ModuleCore, add_symbol};
    #[pymodule_export]
    use super::parfor::{parfor, run};
    #[pymodule_export]
    use super::pending::Pending;
    #[pymodule_export]
    use super::reduce::reduce;
    #[pymodule_export]
    use super::stats::stats;
    #[pymodule_export]
    use super::threads::{get_num_threads, set_num_threads, use_context_variable};
    #[pymodule_export]
    use super::versions::versions;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::interpreter::claim(module.py())?;
        // The process in which code from outside is read has this module alone.
        if super::apart::is_package(module.py())? {
            super::layout::find_numpy(module.py())?;
        }
        Ok(())
    }
}
