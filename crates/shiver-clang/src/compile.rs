//! From source to bitcode.

use std::error::Error;
use std::ffi::{CStr, CString, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use serde::Deserialize;
use shiver_llvm::Cpu;
use shiver_signature::Signature;

use crate::diagnostic::{Diagnostic, Severity};
use crate::flags::{self, FlagError};
use crate::headers;
use crate::invocation::Invocation;
use crate::options::Options;
use crate::shim;

/// What diagnostics and `__FILE__` call the source.
pub const SOURCE_NAME: &str = "<source>";
const SOURCE_NAME_C: &CStr = c"<source>";

/// A source that compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// LLVM bitcode, not optimised. The signatures are in it as well: see
    /// [`shiver_signature::METADATA`].
    pub bitcode: Vec<u8>,
    /// The functions that can be loop bodies, in the order of the source: those with external
    /// linkage and a body that are neither `inline` nor templates nor members.
    pub signatures: Vec<Signature>,
    /// What clang warns of.
    pub warnings: Vec<Diagnostic>,
    /// The files on the disk that were read, absolute and sorted.
    pub dependencies: Vec<PathBuf>,
    /// The paths on the disk where a file was looked for and was not, absolute and sorted: if one of
    /// them appears, the result may be another.
    pub missing: Vec<PathBuf>,
}

/// Why a source did not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A flag or a define is not taken.
    Flag {
        /// The flag.
        flag: String,
        /// Why not.
        reason: String,
    },
    /// The source has errors: at least one is among these, and the warnings before and between.
    Diagnostics(Vec<Diagnostic>),
    /// Something that should not happen.
    Internal(String),
}

impl From<FlagError> for Failure {
    fn from(error: FlagError) -> Failure {
        Failure::Flag { flag: error.flag, reason: error.reason }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Flag { flag, reason } => write!(f, "flag {flag}: {reason}"),
            Failure::Diagnostics(diagnostics) => {
                for (k, diagnostic) in diagnostics.iter().enumerate() {
                    let separator = if k == 0 { "" } else { "\n" };
                    write!(f, "{separator}{diagnostic}")?;
                }
                Ok(())
            }
            Failure::Internal(message) => write!(f, "clang failed: {message}"),
        }
    }
}

impl Error for Failure {}

/// What the shim answers.
#[derive(Deserialize)]
struct Answer {
    diagnostics: Vec<Diagnostic>,
    missing_headers: Vec<(usize, String)>,
    signatures: Vec<Signature>,
    dependencies: Vec<DiskPath>,
    missing: Vec<DiskPath>,
}

/// A path as the shim writes it.
#[derive(Deserialize)]
#[serde(untagged)]
enum DiskPath {
    Text(String),
    Bytes(Vec<u8>),
}

/// The paths as they are for every working directory, sorted.
fn absolute(paths: Vec<DiskPath>) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = paths
        .into_iter()
        .map(|path| match path {
            DiskPath::Text(text) => PathBuf::from(text),
            DiskPath::Bytes(bytes) => PathBuf::from(OsString::from_vec(bytes)),
        })
        .map(|path| std::path::absolute(&path).unwrap_or(path))
        .collect();
    paths.sort();
    paths
}

/// Compiles a source for a CPU.
///
/// Any number of threads may call at once. Nothing is printed, no process is started, no file is
/// written, and no file is read but those that the source includes from the folders of `options`.
///
/// ```
/// use shiver_clang::{Options, compile};
/// use shiver_llvm::Cpu;
///
/// let source = "double add1(const double *x, long i) { return x[i] + 1.0; }";
/// let compiled = compile(source, &Options::default(), Cpu::host())?;
/// assert_eq!(compiled.signatures[0].to_string(), "float64 add1(const float64* x, int64 i)");
/// assert!(compiled.bitcode.starts_with(b"BC"));
///
/// let failure = compile("int f(void) { return x; }", &Options::default(), Cpu::host()).unwrap_err();
/// assert_eq!(
///     failure.to_string(),
///     "<source>:1:22: error: use of undeclared identifier 'x'\n\
///      int f(void) { return x; }\n                     ^",
/// );
/// # Ok::<(), shiver_clang::Failure>(())
/// ```
///
/// # Errors
///
/// A flag that is not taken, errors in the source, or trouble inside clang.
pub fn compile(source: &str, options: &Options, cpu: &Cpu) -> Result<Compiled, Failure> {
    compile_guarded(source, options, cpu, Places::None)
}

/// As [`compile`], with the bitcode's instructions bearing their places in the source, so that what
/// LLVM says of them can be told by line. The code is the same.
///
/// ```
/// use shiver_clang::{Options, compile_with_places};
/// use shiver_llvm::Cpu;
///
/// let source = "double add1(const double *x, long i) { return x[i] + 1.0; }";
/// assert!(compile_with_places(source, &Options::default(), Cpu::host()).is_ok());
/// ```
///
/// # Errors
///
/// As for [`compile`].
pub fn compile_with_places(
    source: &str,
    options: &Options,
    cpu: &Cpu,
) -> Result<Compiled, Failure> {
    compile_guarded(source, options, cpu, Places::Tracked)
}

/// Whether instructions bear their places in the source.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Places {
    None,
    Tracked,
}

fn compile_guarded(
    source: &str,
    options: &Options,
    cpu: &Cpu,
    places: Places,
) -> Result<Compiled, Failure> {
    shiver_llvm::guarded(|| compile_here(source, options, cpu, places))
        .unwrap_or_else(|last_words| Err(Failure::Internal(last_words)))
}

fn compile_here(
    source: &str,
    options: &Options,
    cpu: &Cpu,
    places: Places,
) -> Result<Compiled, Failure> {
    let mut sorted = flags::sort(&options.flags)?;
    let mut include_dirs = options.include_dirs.clone();
    include_dirs.append(&mut sorted.include_dirs);
    if let Some(folder) =
        include_dirs.iter().find(|folder| folder.as_os_str().as_bytes().contains(&0))
    {
        let reason = "a folder's name contains no NUL".to_owned();
        return Err(Failure::Flag { flag: format!("-I{}", folder.display()), reason });
    }
    let invocation = Invocation::of(options, &sorted, cpu, places)?;
    let text = CString::new(source)
        .map_err(|e| Failure::Diagnostics(vec![nul(source, e.nul_position())]))?;

    let folders = headers::folders(options.language, &include_dirs);
    let (json, bitcode) =
        shim::compile(&text, SOURCE_NAME_C, &invocation.raw, &folders, headers::files())
            .map_err(Failure::Internal)?;
    let mut answer: Answer = serde_json::from_str(&json)
        .map_err(|e| Failure::Internal(format!("what it answers cannot be read: {e}")))?;
    for (index, header) in answer.missing_headers {
        if let Some(diagnostic) = answer.diagnostics.get_mut(index) {
            diagnostic.notes.push(headers::advice(&header));
        }
    }
    if let Some(failure) = flags::misunderstood(&sorted, &answer.diagnostics) {
        return Err(failure);
    }
    let mut warnings = invocation.warnings.clone();
    warnings.append(&mut answer.diagnostics);
    if warnings.iter().any(Diagnostic::is_error) {
        return Err(Failure::Diagnostics(warnings));
    }
    let bitcode = bitcode.ok_or_else(|| Failure::Internal("no code and no error".to_owned()))?;
    Ok(Compiled {
        bitcode,
        signatures: answer.signatures,
        warnings,
        dependencies: absolute(answer.dependencies),
        missing: absolute(answer.missing),
    })
}

/// The diagnostic for a NUL in a source, which is where clang would stop reading.
fn nul(source: &str, position: usize) -> Diagnostic {
    let before = &source[..position];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let message = "the source contains a NUL byte".to_owned();
    Diagnostic {
        file: SOURCE_NAME.to_owned(),
        line: 1 + before.matches('\n').count() as u32,
        column: 1 + (position - start) as u32,
        ..Diagnostic::bare(Severity::Error, message)
    }
}
