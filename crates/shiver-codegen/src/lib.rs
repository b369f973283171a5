//! From the bitcode of a loop body to the object code of a loop nest around it.
//!
//! Bytes go in and bytes come out; no object of LLVM leaves this crate, and every call works in an
//! LLVM context of its own, so that any number of threads may compile at once.
//!
//! * [`import`]: textual IR or bitcode from anywhere → a body's bitcode, verified and described; `origin`
//!   says what may be adopted: the code of which machine, and of which LLVM
//! * [`describe`]: what the functions of a piece of bitcode are; where nobody declared it, it asks
//!   `debug_info` what the compiler told debuggers, and `accesses` what loads and stores tell
//! * [`fast_math`]: liberties with floating-point arithmetic, for code whose compiler took none
//! * [`forward`](mod@forward): a function that calls another one, of which nothing is there but its
//!   address
//! * [`shape`]: what is compiled into a nest, and the words that it reads when it runs
//! * [`compile`]: the way from bitcode and a [`Shape`] to an object; it calls, in this order,
//!   * `state`: variables that outlive a call are moved out, so that all nests of a module share them
//!   * `nest`: the loops around the body; or, for a reduction, `fold`, which asks `operation` how two
//!     values become one; or, where neighbouring iterations share what they load, `tile`; all are
//!     written with `writer`; a body that may report a [`failure`] finds out where it is from them
//!   * `choice`: loads through one of several pointers are taken apart
//!   * `mathematics`: calls of C's functions become calls of forms that exist for the CPU's `vectors`
//!   * `division`: divisions of integers become divisions of floating-point numbers, where loops have
//!     vectors
//!   * `independence`: which accesses may be declared independent between iterations; it asks
//!     `interleave`, which looks at each `address`, what LLVM would do to their order within one
//!   * `brevity`: whether each iteration is over soon
//!   * `stream`: which arrays are streamed past the caches
//!   * `optimize` and `emit`: LLVM's pipelines and its back end, which an `emitter` keeps; what fast math
//!     leaves open is decided by `contract`, so that an element's bits do not depend on where it is
//!     computed
//! * [`streams`]: which memory a streaming nest reaches, for those who decide whether to use it
//! * [`examine`]: the same, with listings and what LLVM says of its work: [`remarks`] come from LLVM,
//!   [`places`] tell them apart, and [`findings`] says what they mean for the loops
//! * `llvm`: owners for LLVM's objects, and the few calls that are made everywhere
//! * [`error`]: what can go wrong, by stage

mod accesses;
mod address;
mod brevity;
mod choice;
pub mod compile;
mod contract;
mod debug_info;
pub mod describe;
mod division;
mod emit;
mod emitter;
pub mod error;
pub mod examine;
pub mod failure;
pub mod fast_math;
pub mod findings;
mod fold;
pub mod forward;
pub mod import;
mod independence;
mod interleave;
mod libm;
mod llvm;
mod mathematics;
mod nest;
mod operation;
mod optimize;
mod origin;
pub mod places;
pub mod remarks;
pub mod shape;
mod state;
mod stream;
pub mod streams;
mod tile;
mod vectors;
mod writer;

pub use compile::{Body, Output, Stage, Timings, compile_nest, compile_state};
pub use describe::{print_ir, signatures};
pub use error::Error;
pub use examine::{Examination, examine_nest};
pub use failure::{FAIL_SYMBOL, LOCATE_SYMBOL, RAISE_SYMBOL};
pub use fast_math::allow_fast_math;
pub use findings::{Findings, LoopFinding};
pub use forward::{CONTEXT_SYMBOL, Last, TARGET_SYMBOL, combine_pointer, forward};
pub use import::{Input, import};
pub use libm::is_function_of_numbers;
pub use remarks::{Place, Remark, RemarkKind};
pub use shape::{
    BEGUN_BYTE, BRIEF_SYMBOL, LANE_BYTES, NEST_SYMBOL, Reduction, SCRATCH_HEADER, STREAMS_SYMBOL,
    Shape, TILE_SYMBOL, Tile, WORTH_SYMBOL, Worth,
};
pub use state::combine_variable;
pub use streams::{Access, Bounds, Formula, Streams};
