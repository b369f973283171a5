//! What can be wrong with an object, or with the process it is loaded into.

use std::fmt;
use std::io;

/// Why an object was not loaded. Nothing of it stays mapped, and none of it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not a whole, consistent relocatable ELF object.
    Malformed {
        /// Which rule the bytes break.
        reason: String,
    },
    /// The object is for another processor than this process runs on.
    UnsupportedMachine {
        /// ELF's number of the processor (`e_machine`).
        machine: u16,
    },
    /// The object uses a relocation that this loader does not know, or one that asks for native thread-local storage.
    UnsupportedRelocation {
        /// The relocation's name in the processor's ABI, or its number.
        relocation: String,
        /// The symbol it refers to.
        symbol: String,
        /// What to do about it, where something can be done.
        hint: &'static str,
    },
    /// The object uses a feature of ELF that this loader leaves out.
    Unsupported {
        /// The feature, and where it is used.
        feature: String,
    },
    /// Symbols that are used, defined nowhere in the object, and not weak; `resolve` knew none of them.
    Undefined {
        /// All of them, sorted.
        symbols: Vec<String>,
    },
    /// An address does not fit the field it has to be written to: the symbol is farther away than the code can reach.
    OutOfReach {
        /// The relocation's name in the processor's ABI.
        relocation: &'static str,
        /// The symbol it refers to.
        symbol: String,
        /// The value that does not fit.
        value: i64,
    },
    /// The system has no room for the object, or the process has as many mappings as it may have.
    OutOfMemory {
        /// The size of the mapping that was asked for, in bytes.
        bytes: usize,
    },
    /// The system refuses to make the memory executable, as a hardened kernel may.
    Refused {
        /// The system's error number.
        errno: i32,
    },
}

impl LoadError {
    /// A [`LoadError::Malformed`] that says which rule is broken.
    pub(crate) fn malformed(reason: impl Into<String>) -> LoadError {
        LoadError::Malformed { reason: reason.into() }
    }
}

impl From<object::read::Error> for LoadError {
    fn from(error: object::read::Error) -> LoadError {
        LoadError::malformed(error.to_string())
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Malformed { reason } => write!(f, "malformed object: {reason}"),
            LoadError::UnsupportedMachine { machine } => {
                write!(f, "the object is for another processor (ELF machine {machine})")
            }
            LoadError::UnsupportedRelocation { relocation, symbol, hint } => {
                write!(f, "unsupported relocation {relocation} against `{symbol}`")?;
                if hint.is_empty() { Ok(()) } else { write!(f, ": {hint}") }
            }
            LoadError::Unsupported { feature } => write!(f, "unsupported: {feature}"),
            LoadError::Undefined { symbols } => {
                let plural = if symbols.len() == 1 { "" } else { "s" };
                write!(f, "undefined symbol{plural}: {}", symbols.join(", "))
            }
            LoadError::OutOfReach { relocation, symbol, value } => write!(
                f,
                "`{symbol}` is out of reach: {relocation} cannot hold {value:#x} (compile position-independent code)"
            ),
            LoadError::OutOfMemory { bytes } => {
                write!(f, "no memory for {bytes} bytes of code and data")
            }
            LoadError::Refused { errno } => {
                write!(
                    f,
                    "the system refuses executable memory: {}",
                    io::Error::from_raw_os_error(*errno)
                )
            }
        }
    }
}

impl std::error::Error for LoadError {}
