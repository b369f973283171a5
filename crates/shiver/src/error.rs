//! One enum for all that can go wrong.

use std::fmt;

use shiver_clang::Diagnostic;
use shiver_loader::LoadError;
use shiver_queue::SpaceError;

use crate::apart::{Loss, serve};
use crate::{Failure, LLVM_VERSION};

/// An error of Shiver's, by the stage at which it arises.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// clang refuses the source.
    Compile(Vec<Diagnostic>),
    /// A compiler flag is not among those that may be given.
    Flag {
        /// The flag.
        flag: String,
        /// Why not.
        reason: String,
    },
    /// The front end failed in a way that is no fault of the source.
    Frontend(String),
    /// Code that LLVM cannot read, verify or compile, or that asks for what Shiver does not offer.
    Codegen(shiver_codegen::Error),
    /// What was to declare a function does not.
    Prototype {
        /// What was given.
        text: String,
        /// What is wrong, and how to mend it.
        message: String,
    },
    /// A function cannot be called by its address.
    Target {
        /// Why not.
        message: String,
    },
    /// LLVM came to no end with code from outside, in the process in which that is read and compiled:
    /// see [`apart`](crate::apart).
    Lost {
        /// What it was doing: `"reading"` or `"compiling"`.
        doing: &'static str,
        /// How it ended.
        how: Loss,
    },
    /// There is not just one function that could be meant.
    Ambiguous {
        /// The functions with external linkage that have a body.
        candidates: Vec<String>,
    },
    /// The code uses symbols that nothing defines.
    Link {
        /// The function that was to be loaded.
        function: String,
        /// The symbols.
        symbols: Vec<String>,
        /// What may have been meant by them, in words.
        hints: Vec<String>,
    },
    /// A library cannot be opened.
    Library {
        /// Its name, as it was given.
        name: String,
        /// The loader's message.
        message: String,
    },
    /// Compiled code cannot be loaded.
    Load(LoadError),
    /// The iteration space is not one.
    Space(SpaceError),
    /// The arguments are not as many as the function's parameters.
    ArgumentCount {
        /// The function's signature.
        signature: String,
        /// How many arguments it takes before its indices.
        expected: usize,
        /// How many were given.
        given: usize,
    },
    /// An argument is not what its parameter takes.
    Argument {
        /// The parameter's name, or its position where it has none.
        parameter: String,
        /// What is wrong, and how to mend it.
        message: String,
    },
    /// An index would take a value that its type cannot hold.
    IndexOverflow {
        /// The parameter's name.
        parameter: String,
        /// The value.
        value: i128,
        /// The type of the parameter.
        ty: String,
    },
    /// The results are of another type than was asked for.
    Result {
        /// What the function returns.
        returns: String,
        /// What was asked for.
        wanted: &'static str,
    },
    /// There is no room for the results.
    Memory {
        /// Their size.
        bytes: u64,
    },
    /// The body reported a failure of its own.
    Kernel(Failure),
    /// The loop was cancelled.
    Cancelled,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Compile(diagnostics) => {
                for (k, diagnostic) in diagnostics.iter().enumerate() {
                    let separator = if k > 0 { "\n" } else { "" };
                    write!(f, "{separator}{diagnostic}")?;
                }
                Ok(())
            }
            Error::Flag { flag, reason } => write!(f, "the flag {flag:?} cannot be used: {reason}"),
            Error::Frontend(message) => write!(f, "clang failed: {message}"),
            Error::Codegen(error) => error.fmt(f),
            Error::Lost { doing, how } => lost(f, doing, how),
            Error::Ambiguous { candidates } if candidates.is_empty() => f.write_str(
                "the source defines no function with external linkage: the body must not be static",
            ),
            Error::Ambiguous { candidates } => write!(
                f,
                "the source defines several functions ({}): say which is the body with name=",
                candidates.join(", ")
            ),
            Error::Link { function, symbols, hints } => {
                write!(f, "{function} uses {}, which nothing defines", symbols.join(", "))?;
                for hint in hints {
                    write!(f, " ({hint})")?;
                }
                f.write_str(
                    ": name the library that does with libraries=[...], or give an address with \
                     add_symbol(name, address)",
                )
            }
            Error::Library { name, message } => {
                write!(
                    f,
                    "the library {name:?} cannot be opened: {message}. Install it, or give its path, \
                     as in libraries=[\"/usr/local/lib/libname.so\"]"
                )
            }
            Error::Prototype { text, message } => {
                write!(f, "{text:?} does not declare a function: {message}")
            }
            Error::Target { message } => f.write_str(message),
            Error::Load(error) => write!(f, "the compiled code cannot be loaded: {error}"),
            Error::Space(error) => error.fmt(f),
            Error::ArgumentCount { signature, expected, given } => write!(
                f,
                "{signature} takes {expected} argument{} before its indices, not {given}",
                if *expected == 1 { "" } else { "s" }
            ),
            Error::Argument { parameter, message } => write!(f, "argument {parameter}: {message}"),
            Error::IndexOverflow { parameter, value, ty } => write!(
                f,
                "index {parameter} would reach {value}, which {ty} cannot hold: declare it with a \
                 wider type"
            ),
            Error::Result { returns, wanted } => {
                write!(f, "the function returns {returns}, not {wanted}")
            }
            Error::Memory { bytes } => write!(f, "there is no room for {bytes} bytes of results"),
            Error::Kernel(failure) => failure.fmt(f),
            Error::Cancelled => f.write_str("the loop was cancelled"),
        }
    }
}

/// What became of code from outside.
fn lost(f: &mut fmt::Formatter<'_>, doing: &str, how: &Loss) -> fmt::Result {
    const HERE: &str = "It happened in a process of its own, and this one is as it was";
    match how {
        Loss::Signal(libc::SIGKILL) => write!(
            f,
            "LLVM {LLVM_VERSION} was killed while it was {doing} this code, perhaps for want of memory. \
             {HERE}"
        ),
        Loss::Signal(signal) => {
            let abort = if *signal == libc::SIGABRT {
                format!(
                    ": it gave up, perhaps for want of memory, of which it may have {MEMORY} GiB"
                )
            } else {
                String::new()
            };
            write!(
                f,
                "LLVM {LLVM_VERSION} crashed ({}{abort}) while it was {doing} this code: the code is \
                 damaged, or LLVM has a fault. {HERE}",
                signal_name(*signal)
            )
        }
        Loss::Time(limit) => write!(
            f,
            "LLVM {LLVM_VERSION} was still {doing} this code after {} s, and was stopped: \
             SHIVER_LLVM_TIMEOUT=SECONDS gives it more time",
            limit.as_secs_f64()
        ),
        Loss::Ended => write!(
            f,
            "the process in which LLVM {LLVM_VERSION} was {doing} this code was ended by somebody else, \
             perhaps for want of memory"
        ),
        Loss::Garbled => write!(
            f,
            "LLVM {LLVM_VERSION} left no sense when it was {doing} this code: the code is damaged, or \
             LLVM has a fault. {HERE}"
        ),
        Loss::Panic(message) => write!(
            f,
            "Shiver failed while LLVM {LLVM_VERSION} was {doing} this code: {message}. That is a fault of \
             Shiver's. {HERE}"
        ),
    }
}

/// How much memory LLVM may have, in GiB.
const MEMORY: u64 = serve::MEMORY >> 30;

fn signal_name(signal: i32) -> String {
    let names = [
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGABRT, "SIGABRT"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGTRAP, "SIGTRAP"),
    ];
    let named = names.into_iter().find(|(number, _)| *number == signal);
    named.map_or_else(|| format!("signal {signal}"), |(_, name)| name.to_owned())
}

impl std::error::Error for Error {}

impl From<shiver_codegen::Error> for Error {
    fn from(error: shiver_codegen::Error) -> Error {
        Error::Codegen(error)
    }
}

impl From<SpaceError> for Error {
    fn from(error: SpaceError) -> Error {
        Error::Space(error)
    }
}
