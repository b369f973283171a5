//! Shiver runs a loop whose body is a string of C, or anything that is LLVM, on every core and in
//! every SIMD lane.
//!
//! ```
//! use shiver::{Args, Function, Options, Plan, parfor, parfor_map};
//!
//! # fn main() -> Result<(), shiver::Error> {
//! let square = Function::from_c("void square(double *x, long i) { x[i] *= x[i]; }", &Options::default())?;
//! let mut x: Vec<f64> = (0..1000).map(f64::from).collect();
//! // SAFETY: the body touches x[i] alone, and every i is below x's length.
//! unsafe { parfor(&square, 1000, Args::new().slice_mut(&mut x), &Plan::default())? };
//! assert_eq!(x[31], 961.0);
//!
//! let product = Function::from_c("float mult(long i, long j) { return (float)i * j; }", &Options::default())?;
//! // SAFETY: the body touches no memory.
//! let grid: Vec<f32> = unsafe { parfor_map(&product, (10, 20), Args::new(), &Plan::default())? };
//! assert_eq!(grid[3 * 20 + 7], 21.0);
//! # Ok(())
//! # }
//! ```
//!
//! The rooms below do the work and know nothing of one another: `shiver-clang` makes bitcode of C,
//! `shiver-codegen` object code of bitcode, `shiver-loader` runs it, `shiver-queue` deals out
//! iterations. This crate puts them together:
//!
//! * [`module`]: a [`Module`], what clang or another compiler made
//! * [`apart`]: code from outside is read and compiled in a process of its own
//! * [`function`]: a [`Function`] of a module, and its loop nests, compiled when they are first needed
//! * [`cache`]: what was compiled before, on the disk
//! * [`dump`]: how loops were compiled, written to a folder
//! * [`args`]: typed arguments from slices and numbers
//! * [`space`]: what can be said for an iteration space
//! * [`launch`]: runs a loop, with every check made before the first iteration
//! * `streaming`: whether its stores go past the caches
//! * [`parfor`](mod@parfor): the two calls for Rust
//! * [`reduce`](mod@reduce): one value of many
//! * [`output`]: where `printf` goes
//! * [`report`]: what LLVM made of a loop, and why
//! * [`symbols`]: what compiled code may call
//! * [`threads`]: how many workers
//! * [`pointer`]: functions that are known by their address; `prototype` reads their declarations
//! * [`error`]: one enum for all that can go wrong
//! * `builtins`: what compilers expect every program to be linked with; `atomics`: atomic access to what
//!   no instruction can
//! * `library`: shared libraries that are searched for symbols
//! * `missing`: what may have been meant by a symbol that nothing defines
//! * `fork`: sections of code that a fork waits for
//! * `scratch`: memory that a compiled nest has for its own use

pub mod apart;
pub mod args;
mod atomics;
mod builtins;
pub mod cache;
pub mod dump;
pub mod error;
mod failure;
mod fork;
mod frame;
pub mod function;
pub mod launch;
mod library;
mod missing;
pub mod module;
mod nest;
pub mod output;
pub mod parfor;
pub mod pointer;
mod prototype;
pub mod reduce;
pub mod report;
mod scratch;
pub mod space;
mod streaming;
pub mod symbols;
pub mod threads;

pub use args::{Args, Element};
pub use error::Error;
pub use failure::Failure;
pub use function::Function;
pub use launch::Launch;
pub use module::Module;
pub use parfor::{parfor, parfor_map};
pub use report::Report;
pub use shiver_clang::{Diagnostic, FastMath, Language, Options, Severity};
pub use shiver_codegen::{Error as CodegenError, Input, Reduction, Stage};
pub use shiver_llvm::{Cpu, VERSION as LLVM_VERSION};
pub use shiver_queue::{CancelToken, Dim, Plan, Schedule, Space, SpaceError, cancel_all};
pub use shiver_signature::{
    Dim as Extent, Field, Origin, Param, Pointer, Scalar, Signature, Struct, Type,
};
pub use space::IntoSpace;
