//! C's mathematical functions for vectors, with the same bits at every width.
//!
//! The functions are SLEEF's (its source is in `sleef`, unchanged; see `sleef/README.md`), compiled
//! in for every width that an x86-64 CPU may have, and for single values. All forms of a function
//! that share their [`Arithmetic`] and [`Accuracy`] give the same bits for the same arguments,
//! whatever stands in the other lanes: a loop may be cut anywhere into vectors and single values.
//!
//! * [`catalogue`]: which functions there are, in which forms, and their symbols
//! * `unit.c`: what is compiled once for each instruction set and precision; `mend.h` repairs what
//!   leaves its bound
//! * [`address`]: where a form is in this process
//!
//! This room knows nothing of LLVM: who compiles code asks it for names, and who loads code for
//! addresses.

pub mod catalogue;

pub use catalogue::{Accuracy, Arithmetic, FUNCTIONS, Form, Function, PREFIX, Precision};

include!(concat!(env!("OUT_DIR"), "/table.rs"));

/// The release of SLEEF that is compiled in.
pub const SLEEF_VERSION: &str = "3.9.0";

/// A number that differs between builds of this library whose functions may differ.
pub const IDENTITY: u64 = HASH;

/// The function of C's name `name`, and whether it is that of `double` or of `float`.
///
/// ```
/// use shiver_math::{Precision, find};
///
/// let (function, precision) = find("sinf").unwrap();
/// assert_eq!((function.name, precision), ("sin", Precision::Single));
/// assert!(find("sinl").is_none());
/// ```
pub fn find(name: &str) -> Option<(&'static Function, Precision)> {
    let of = |name: &str| FUNCTIONS.binary_search_by(|f| f.name.cmp(name)).ok();
    if let Some(k) = of(name) {
        return Some((&FUNCTIONS[k], Precision::Double));
    }
    let k = of(name.strip_suffix('f')?)?;
    Some((&FUNCTIONS[k], Precision::Single))
}

/// The address of the form with that symbol, an `extern "C"` function of vectors or single values.
/// It may be called on a CPU that has the instructions of its [`Arithmetic`] and of its width.
///
/// ```
/// use shiver_math::{Accuracy, Arithmetic, Form, Precision, address, find};
///
/// let (sin, precision) = find("sin").unwrap();
/// let form = Form {
///     precision,
///     lanes: 1,
///     accuracy: Accuracy::OneUlp,
///     arithmetic: Arithmetic::Plain,
/// };
/// let address = address(&sin.symbol(form)).unwrap();
/// // SAFETY: the scalar form of a function of one argument, for any x86-64 CPU.
/// let sin: extern "C" fn(f64) -> f64 = unsafe { std::mem::transmute(address) };
/// assert_eq!(sin(0.5), 0.5f64.sin());
/// ```
pub fn address(symbol: &str) -> Option<usize> {
    let k = TABLE.binary_search_by(|(name, _)| (*name).cmp(symbol)).ok()?;
    Some(TABLE[k].1 as *const () as usize)
}
