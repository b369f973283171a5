//! Errors, warnings and notes as data.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Explains the diagnostic that it belongs to.
    Note,
    /// Tells what the compiler did.
    Remark,
    /// Is probably a mistake.
    Warning,
    /// Is a mistake.
    Error,
    /// Is a mistake after which the compiler did not go on.
    Fatal,
}

/// Something that clang has to say about a source.
///
/// [`Display`](fmt::Display) prints it as clang does, the notes after it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file: `<source>` for the source itself, empty where it concerns none.
    #[serde(default)]
    pub file: String,
    /// The line, from 1; 0 if unknown.
    #[serde(default)]
    pub line: u32,
    /// The column in bytes, from 1; 0 if unknown.
    #[serde(default)]
    pub column: u32,
    /// The message.
    pub message: String,
    /// The line of the source, tabs expanded; empty if unknown.
    #[serde(default)]
    pub source_line: String,
    /// What goes below that line: `^` at the place and `~` along what is meant.
    #[serde(default)]
    pub caret: String,
    /// Notes that explain it.
    #[serde(default)]
    pub notes: Vec<Diagnostic>,
    /// The flag that governs it, such as `-Wunused-variable`.
    #[serde(default)]
    pub option: Option<String>,
}

impl Diagnostic {
    /// A diagnostic without a place.
    pub(crate) fn bare(severity: Severity, message: String) -> Diagnostic {
        Diagnostic {
            severity,
            file: String::new(),
            line: 0,
            column: 0,
            message,
            source_line: String::new(),
            caret: String::new(),
            notes: Vec::new(),
            option: None,
        }
    }

    /// Whether it keeps the source from being compiled.
    pub fn is_error(&self) -> bool {
        matches!(self.severity, Severity::Error | Severity::Fatal)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Note => "note",
            Severity::Remark => "remark",
            Severity::Warning => "warning",
            Severity::Error => "error",
            Severity::Fatal => "fatal error",
        })
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        }
        write!(f, "{}: {}", self.severity, self.message)?;
        match &self.option {
            Some(option) if self.is_error() => write!(f, " [-Werror,{option}]")?,
            Some(option) => write!(f, " [{option}]")?,
            None => {}
        }
        if !self.source_line.is_empty() {
            write!(f, "\n{}\n{}", self.source_line, self.caret)?;
        }
        for note in &self.notes {
            write!(f, "\n{note}")?;
        }
        Ok(())
    }
}
