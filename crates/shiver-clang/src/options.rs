//! What a source is compiled as.

use std::path::PathBuf;

/// The language of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// C17 with GNU's extensions, unless a flag `-std=` says otherwise.
    #[default]
    C17,
    /// C++17 with GNU's extensions, unless a flag `-std=` says otherwise; without exceptions and
    /// run-time type information.
    Cxx17,
}

/// What the optimiser may assume of floating-point arithmetic beyond IEEE 754, under LLVM's names.
///
/// The default is nothing: NumPy's arithmetic, operation by operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FastMath {
    /// Sums and products may be regrouped.
    pub reassoc: bool,
    /// A product and a sum may be fused into one rounding.
    pub contract: bool,
    /// A division may become a product with the reciprocal.
    pub arcp: bool,
    /// The sign of a zero does not matter.
    pub nsz: bool,
    /// No argument and no result is NaN.
    pub nnan: bool,
    /// No argument and no result is infinite.
    pub ninf: bool,
    /// Math functions may be approximated.
    pub afn: bool,
}

impl FastMath {
    /// The names of the flags, as [`FastMath::set`] takes them.
    pub const NAMES: [&str; 7] = ["reassoc", "contract", "arcp", "nsz", "nnan", "ninf", "afn"];

    /// Every flag: clang's `-ffast-math`.
    pub fn all() -> FastMath {
        FastMath {
            reassoc: true,
            contract: true,
            arcp: true,
            nsz: true,
            nnan: true,
            ninf: true,
            afn: true,
        }
    }

    /// The names of the flags that are set.
    ///
    /// ```
    /// let fastmath = shiver_clang::FastMath { nnan: true, ..Default::default() };
    /// assert_eq!(fastmath.names(), ["nnan"]);
    /// ```
    pub fn names(&self) -> Vec<&'static str> {
        let set = |name: &&str| {
            let mut with = *self;
            with.set(name) && with == *self
        };
        FastMath::NAMES.into_iter().filter(set).collect()
    }

    /// Sets the flag of that name; `false` if there is none.
    ///
    /// ```
    /// let mut fastmath = shiver_clang::FastMath::default();
    /// assert!(fastmath.set("nnan") && fastmath.nnan);
    /// assert!(!fastmath.set("fast"));
    /// ```
    #[must_use]
    pub fn set(&mut self, name: &str) -> bool {
        let flag = match name {
            "reassoc" => &mut self.reassoc,
            "contract" => &mut self.contract,
            "arcp" => &mut self.arcp,
            "nsz" => &mut self.nsz,
            "nnan" => &mut self.nnan,
            "ninf" => &mut self.ninf,
            "afn" => &mut self.afn,
            _ => return false,
        };
        *flag = true;
        true
    }
}

/// How a source is compiled. The default is C17 without anything else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// The language.
    pub language: Language,
    /// Flags of the `clang` command that [`check_flags`](crate::check_flags) takes.
    pub flags: Vec<String>,
    /// Folders with headers, searched before `-I` folders and before ours.
    pub include_dirs: Vec<PathBuf>,
    /// Macros and their values; without a value, a macro is 1. They come before the flags, so that
    /// a `-U` there has the last word.
    pub defines: Vec<(String, Option<String>)>,
    /// What may be assumed of floating-point arithmetic, beyond what `flags` say of it.
    pub fastmath: FastMath,
}
