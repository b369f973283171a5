//! Clang in the process: source and options in, bitcode, signatures and diagnostics out.
//!
//! No subprocess, no temporary file, nothing on stderr, no header of the system's. Knows nothing of
//! loops, threads or Python.
//!
//! * [`options`]: the language, folders, defines and floating-point mode of a compilation
//! * [`flags`]: which of clang's flags are taken, and why others are not
//! * `invocation`: what compilations with the same options have in common
//! * [`headers`]: the headers inside the program, and in which order folders are searched
//! * [`mod@compile`]: [`compile()`] itself, and [`compile_with_places`]
//! * [`diagnostic`]: what clang has to say, as data
//! * `shim`: the C interface to this room's C++ file, `shim.cpp`

pub mod compile;
pub mod diagnostic;
pub mod flags;
pub mod headers;
mod invocation;
pub mod options;
mod shim;

pub use compile::{Compiled, Failure, compile, compile_with_places};
pub use diagnostic::{Diagnostic, Severity};
pub use flags::{FlagError, check_flags};
pub use options::{FastMath, Language, Options};
