//! What can go wrong, by stage.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An error of the code generator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Error {
    /// The input is not IR or bitcode that LLVM can read.
    Parse {
        /// LLVM's message.
        message: String,
    },
    /// LLVM's verifier refuses the module.
    Verify {
        /// LLVM's message.
        message: String,
    },
    /// There is no function of that name with a body.
    NoFunction {
        /// The name asked for.
        name: String,
        /// The names of those that there are.
        candidates: Vec<String>,
    },
    /// A parameter or the result is of a type that cannot be passed, collected or counted up.
    Signature {
        /// Which, and of what type.
        message: String,
    },
    /// The code asks for what Shiver does not offer.
    Unsupported {
        /// What, and what to do instead.
        message: String,
    },
    /// The optimiser or the back end gave up.
    Backend {
        /// LLVM's messages.
        message: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Parse { message } => write!(f, "LLVM cannot read this: {message}"),
            Error::Verify { message } => write!(f, "LLVM's verifier refuses this: {message}"),
            Error::NoFunction { name, candidates } if candidates.is_empty() => {
                write!(f, "there is no function {name:?}, nor any other with a body")
            }
            Error::NoFunction { name, candidates } => {
                write!(f, "there is no function {name:?}; there is {}", candidates.join(", "))
            }
            Error::Signature { message } | Error::Unsupported { message } => f.write_str(message),
            Error::Backend { message } => write!(f, "LLVM cannot compile this: {message}"),
        }
    }
}

impl std::error::Error for Error {}
