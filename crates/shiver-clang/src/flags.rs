//! Flags: which of clang's are taken, and what they mean to the compiler proper.
//!
//! Users know the flags of the `clang` command; the front end takes others, into which clang's
//! driver translates. The driver works here in an empty file system and runs nothing; that takes
//! 0.15 ms (November 2026), so no table of our own stands in for it.

use std::error::Error;
use std::ffi::CString;
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use shiver_llvm::{Cpu, TRIPLE};

use crate::compile::{Failure, Places, SOURCE_NAME};
use crate::diagnostic::Diagnostic;
use crate::options::{FastMath, Language, Options};
use crate::shim;

/// A flag that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlagError {
    /// The flag.
    pub flag: String,
    /// Why not.
    pub reason: String,
}

impl fmt::Display for FlagError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flag {}: {}", self.flag, self.reason)
    }
}

impl Error for FlagError {}

const NO_RUNTIME: &str = "needs a run-time library that is not here";
const NO_FILES: &str = "reads or writes files beside the source";
const NO_CODE: &str = "loads code into this process or sets options for all of it";
const NO_OTHERS: &str = "is for a program other than the compiler";
const NO_LAYOUT: &str = "would make code that cannot be loaded";
const NO_UNWINDING: &str = "a body has no exceptions and no run-time type information";
const NO_LANGUAGE: &str = "is for a language other than C17 and C++17";
const NO_REPORTS: &str = "reports to a file or to stderr; diagnostics are data here";

/// Beginnings of flags that are refused although their first letters are allowed.
const REFUSED: &[(&str, &str)] = &[
    ("-I-", "is no longer part of clang"),
    ("-Wa,", NO_OTHERS),
    ("-Wl,", NO_OTHERS),
    ("-Wp,", NO_OTHERS),
    ("-fPIE", NO_LAYOUT),
    ("-fpie", NO_LAYOUT),
    ("-fno-PIC", NO_LAYOUT),
    ("-fno-pic", NO_LAYOUT),
    ("-fsplit-stack", NO_LAYOUT),
    ("-ftls-model", NO_LAYOUT),
    ("-fapinotes", NO_FILES),
    ("-fauto-profile", NO_FILES),
    ("-fcodegen-data", NO_FILES),
    ("-fexperimental-sanitize", NO_RUNTIME),
    ("-fsample-profile", NO_FILES),
    ("-fms-secure-hotpatch", NO_FILES),
    ("-fjmc", NO_RUNTIME),
    ("-fincremental-extensions", NO_LANGUAGE),
    ("-fenable-matrix", NO_LANGUAGE),
    ("-fsystem-module", NO_FILES),
    ("-fthin-link", NO_FILES),
    ("-fbuild-session", NO_FILES),
    ("-fcs-profile", NO_RUNTIME),
    ("-fcreate-profile", NO_RUNTIME),
    ("-fcoverage-mapping", NO_RUNTIME),
    ("-finstrument", NO_RUNTIME),
    ("-fmemory-profile", NO_RUNTIME),
    ("-fopenacc", NO_RUNTIME),
    ("-fexperimental-openacc", NO_RUNTIME),
    ("-fprofile", NO_RUNTIME),
    ("-fsanitize", NO_RUNTIME),
    ("-ftest-coverage", NO_RUNTIME),
    ("-fxray", NO_RUNTIME),
    ("-fblocks", NO_RUNTIME),
    ("-fcrash-diagnostics", NO_FILES),
    ("-fcxx-modules", NO_FILES),
    ("-fbuiltin-module-map", NO_FILES),
    ("-fimplicit-module", NO_FILES),
    ("-fmodule", NO_FILES),
    ("-fpch", NO_FILES),
    ("-fprebuilt", NO_FILES),
    ("-frandomize-layout-seed-file", NO_FILES),
    ("-fthinlto", NO_FILES),
    ("-fembed", NO_LAYOUT),
    ("-ffat-lto", NO_LAYOUT),
    ("-flto", NO_LAYOUT),
    ("-fsyntax-only", "would make no code"),
    ("-fintegrated", NO_OTHERS),
    ("-fno-integrated", NO_OTHERS),
    ("-fuse-ld", NO_OTHERS),
    ("-fpass-plugin", NO_CODE),
    ("-fplugin", NO_CODE),
    ("-fasync-exceptions", NO_UNWINDING),
    ("-fcxx-exceptions", NO_UNWINDING),
    ("-fdwarf-exceptions", NO_UNWINDING),
    ("-fwasm-exceptions", NO_UNWINDING),
    ("-fexceptions", NO_UNWINDING),
    ("-fnon-call-exceptions", NO_UNWINDING),
    ("-fseh-exceptions", NO_UNWINDING),
    ("-fsjlj-exceptions", NO_UNWINDING),
    ("-frtti", NO_UNWINDING),
    ("-fcuda", NO_LANGUAGE),
    ("-fgpu", NO_LANGUAGE),
    ("-fhip", NO_LANGUAGE),
    ("-fobjc", NO_LANGUAGE),
    ("-foffload", NO_LANGUAGE),
    ("-fopencl", NO_LANGUAGE),
    ("-fsycl", NO_LANGUAGE),
    ("-fdiagnostics-add-output", NO_REPORTS),
    ("-fdiagnostics-format", NO_REPORTS),
    ("-fdump", NO_REPORTS),
    ("-foptimization-record", NO_REPORTS),
    ("-fproc-stat-report", NO_REPORTS),
    ("-fsave-optimization-record", NO_REPORTS),
    ("-fstack-usage", NO_REPORTS),
    ("-ftime-", NO_REPORTS),
    ("-gcc-", NO_FILES),
    ("-gen", NO_FILES),
    ("-gmodules", NO_FILES),
    ("-gpu", NO_LANGUAGE),
    ("-gsplit-dwarf", NO_FILES),
    ("-m16", NO_LAYOUT),
    ("-m32", NO_LAYOUT),
    ("-mx32", NO_LAYOUT),
    ("-mabi", NO_LAYOUT),
    ("-meabi", NO_LAYOUT),
    ("-miamcu", NO_LAYOUT),
    ("-msoft-float", NO_LAYOUT),
    ("-mthread-model", NO_LAYOUT),
    ("-mcmodel", NO_LAYOUT),
    ("-mfentry", NO_RUNTIME),
    ("-mkernel", NO_LAYOUT),
    ("-mlinker", NO_OTHERS),
    ("-mllvm", NO_CODE),
    ("-mmlir", NO_CODE),
    ("-module", NO_FILES),
    ("-multi", NO_OTHERS),
];

/// Flags that take a number from 1 to that one. Deeper nesting than this would be more than clang's
/// stack holds; and of some other numbers clang's driver throws what nobody catches.
const BOUNDED: &[(&str, u32)] = &[
    ("-fbracket-depth=", 4096),
    ("-fconstexpr-depth=", 4096),
    ("-foperator-arrow-depth=", 4096),
    ("-ftemplate-depth=", 4096),
    ("-ftemplate-depth-", 4096),
    ("-ftrivial-auto-var-init-max-size=", i32::MAX as u32),
    ("-ftrivial-auto-var-init-stop-after=", i32::MAX as u32),
];

/// Flags whose first letters are not allowed and that have a place elsewhere.
const ELSEWHERE: &[(&str, &str)] = &[
    ("-Xclang", NO_CODE),
    ("-load", NO_CODE),
    ("-include", "write #include into the source"),
    ("-isystem", "give the folder as one of include_dirs"),
    ("-iquote", "give the folder as one of include_dirs"),
    ("-idirafter", "give the folder as one of include_dirs"),
    ("-l", "give the library as one of libraries"),
    ("-L", "give the library as one of libraries"),
    ("-x", "give the language as lang"),
    ("-o", "there is no output file"),
    ("-c", "there is no output file"),
    ("-S", "there is no output file"),
    ("-E", "there is no output file"),
];

const ALLOWED: &str = "is not one of -D -U -I -std= -O -g -W -f -m";

/// Flags as the user gave them, sorted by what becomes of them.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// For the driver.
    driver: Vec<String>,
    /// The folders of `-I`.
    pub(crate) include_dirs: Vec<PathBuf>,
    /// Whether they name a CPU.
    arch: bool,
    /// Whether they name a CPU to tune for.
    tune: bool,
    /// Whether they say when products and sums may be fused.
    contraction: bool,
}

/// Checks flags by name, before anything is compiled; [`compile`](crate::compile()) does so itself.
///
/// ```
/// use shiver_clang::check_flags;
/// assert!(check_flags(&["-Wall", "-D", "N=3", "-mavx2"]).is_ok());
/// let error = check_flags(&["-fopenmp"]).unwrap_err();
/// assert_eq!(error.flag, "-fopenmp");
/// ```
pub fn check_flags<S: AsRef<str>>(flags: &[S]) -> Result<(), FlagError> {
    sort(flags).map(drop)
}

pub(crate) fn sort<S: AsRef<str>>(flags: &[S]) -> Result<Sorted, FlagError> {
    let mut sorted = Sorted::default();
    let mut flags = flags.iter().map(AsRef::as_ref);
    while let Some(flag) = flags.next() {
        let refuse =
            |reason: &str| Err(FlagError { flag: flag.to_owned(), reason: reason.to_owned() });
        if flag.contains('\0') {
            return refuse("contains a NUL");
        }
        let mut whole = flag.to_owned();
        if matches!(flag, "-D" | "-U" | "-I") {
            match flags.next() {
                Some(value) if !value.contains('\0') => whole.push_str(value),
                _ => return refuse("must be followed by its value"),
            }
        }
        if let Some(reason) = refusal(&whole) {
            return refuse(reason);
        }
        if let Some((prefix, most)) = BOUNDED.iter().find(|(prefix, _)| whole.starts_with(prefix))
            && whole[prefix.len()..].parse::<u32>().map_or(true, |n| n == 0 || n > *most)
        {
            return refuse(&format!("takes a number from 1 to {most}"));
        }
        if let Some(folder) = whole.strip_prefix("-I") {
            sorted.include_dirs.push(PathBuf::from(folder));
            continue;
        }
        match whole.as_str() {
            // The CPU that is compiled for is this machine's unless a flag says otherwise.
            "-march=native" => continue,
            // Code is optimised at the end and as a whole; -O0 here would forbid it for good.
            "-O" | "-O0" | "-O1" | "-O2" | "-O3" | "-Og" => continue,
            "-Ofast" => whole = "-ffast-math".to_owned(),
            _ => {}
        }
        let says = |prefixes: &[&str]| prefixes.iter().any(|prefix| whole.starts_with(prefix));
        sorted.arch |= says(&["-march="]);
        sorted.tune |= says(&["-mtune="]);
        sorted.contraction |=
            says(&["-ffp-contract=", "-ffp-model=", "-ffast-math", "-funsafe-math-optimizations"]);
        sorted.driver.push(whole);
    }
    Ok(sorted)
}

/// Why a flag is not taken, if it is not.
fn refusal(flag: &str) -> Option<&'static str> {
    let listed = |list: &[(&str, &'static str)]| {
        list.iter().find(|(prefix, _)| flag.starts_with(prefix)).map(|(_, reason)| *reason)
    };
    let letter = flag.strip_prefix('-').and_then(|rest| rest.chars().next());
    match letter {
        None => Some("is not a flag"),
        Some('D' | 'U' | 'I' | 'f' | 'm') if flag.len() == 2 => {
            Some("must be followed by its value")
        }
        Some('O') => {
            let levels = ["-O", "-O0", "-O1", "-O2", "-O3", "-Os", "-Oz", "-Og", "-Ofast"];
            (!levels.contains(&flag)).then_some("is not one of -O0 -O1 -O2 -O3 -Os -Oz -Og -Ofast")
        }
        Some('f') if flag.starts_with("-fopenmp") => (flag != "-fopenmp-simd")
            .then_some("needs OpenMP's run-time library; parfor runs the loop"),
        Some('D' | 'U' | 'I' | 'g' | 'W' | 'f' | 'm') => listed(REFUSED),
        _ if flag.starts_with("-std=") => None,
        _ => Some(listed(ELSEWHERE).unwrap_or(ALLOWED)),
    }
}

/// A macro's definition as a flag.
fn define(name: &str, value: Option<&str>) -> Result<String, FlagError> {
    let flag = match value {
        Some(value) => format!("-D{name}={value}"),
        None => format!("-D{name}"),
    };
    let identifier = name.split('(').next().unwrap_or_default();
    let letter = |c: char| c == '_' || c == '$' || c.is_alphabetic();
    let is_name = identifier.starts_with(letter)
        && identifier.chars().all(|c| letter(c) || c.is_numeric())
        && (identifier.len() == name.len() || name.ends_with(')'));
    if !is_name || name.contains(['=', '\n', '\0']) {
        return Err(FlagError { flag, reason: format!("{name:?} is not a macro's name") });
    }
    if value.is_some_and(|value| value.contains(['\n', '\0'])) {
        return Err(FlagError { flag, reason: "a macro's value is one line of text".to_owned() });
    }
    Ok(flag)
}

/// What the shim's driver answers.
#[derive(Deserialize)]
struct Answer {
    arguments: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

/// The arguments of the compiler proper, and warnings about the flags.
pub(crate) fn translate(
    options: &Options,
    sorted: &Sorted,
    cpu: &Cpu,
    places: Places,
) -> Result<(Vec<CString>, Vec<Diagnostic>), Failure> {
    let (language, standard) = match options.language {
        Language::C17 => ("c", "-std=gnu17"),
        Language::Cxx17 => ("c++", "-std=gnu++17"),
    };
    let target = format!("--target={TRIPLE}");
    // No tables of how to unwind: nothing throws.
    let fixed = [
        "clang",
        "--no-default-config",
        &target,
        "-emit-llvm",
        "-c",
        "-nostdinc",
        "-resource-dir=/<shiver>",
        "-O3",
        "-fPIC",
        "-fno-math-errno",
        "-fno-asynchronous-unwind-tables",
        "-ferror-limit=20",
        "-fno-color-diagnostics",
        standard,
    ];
    let mut flags: Vec<String> = fixed.iter().map(|&flag| flag.to_owned()).collect();
    if options.language == Language::Cxx17 {
        flags.extend(["-fno-exceptions".to_owned(), "-fno-rtti".to_owned()]);
    }
    for (name, value) in &options.defines {
        flags.push(define(name, value.as_deref())?);
    }
    flags.extend(sorted.driver.iter().cloned());
    flags.extend(["-x", language, SOURCE_NAME].map(str::to_owned));

    // What is planned is one compilation, unless a flag has swallowed the source's name.
    let json = shim::arguments(&strings(flags)).map_err(|reason| blame(&sorted.driver, &reason))?;
    let answer: Answer =
        serde_json::from_str(&json).map_err(|e| Failure::Internal(e.to_string()))?;
    if let Some(error) = answer.diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(blame(&sorted.driver, &error.message).into());
    }

    let triple = answer.arguments.iter().skip_while(|argument| *argument != "-triple").nth(1);
    if triple.is_none_or(|triple| triple != TRIPLE) {
        let reason = format!("code is for {TRIPLE} alone");
        return Err(blame(&sorted.driver, &reason).into());
    }

    let mut arguments = Vec::new();
    if !sorted.arch {
        arguments.extend(["-target-cpu".to_owned(), cpu.name.clone()]);
        for feature in cpu.features.split(',').filter(|feature| !feature.is_empty()) {
            arguments.extend(["-target-feature".to_owned(), feature.to_owned()]);
        }
    }
    let mut translated = answer.arguments.into_iter();
    while let Some(argument) = translated.next() {
        // The driver does not know the CPU, and takes a generic one.
        let generic = match argument.as_str() {
            "-target-cpu" => !sorted.arch,
            "-tune-cpu" => !sorted.tune,
            _ => false,
        };
        if generic {
            translated.next();
        } else {
            arguments.push(argument);
        }
    }
    arguments.extend(arithmetic(options.fastmath, sorted, &arguments));
    // Wanting remarks is what makes clang keep track of places, without any debug information; the
    // remarks themselves come from the optimiser, which is not clang's here.
    if places == Places::Tracked {
        arguments.push("-Rpass=loop-vectorize".to_owned());
    }
    // `#pragma clang __debug crash` would do what it says.
    arguments.push("-disable-pragma-debug-crash".to_owned());
    Ok((strings(arguments), answer.diagnostics))
}

/// The arguments about floating-point arithmetic that follow `given`.
fn arithmetic(fastmath: FastMath, sorted: &Sorted, given: &[String]) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut add = |wanted: bool, argument: &str| {
        if wanted {
            arguments.push(argument.to_owned());
        }
    };
    let unsaid = |prefix: &str| !given.iter().any(|argument| argument.starts_with(prefix));
    // NumPy's arithmetic: no fused operations; complex products without a second look at infinities,
    // quotients by Smith's method; every operation on halves rounds to a half.
    add(!sorted.contraction, "-ffp-contract=off");
    add(unsaid("-complex-range="), "-complex-range=improved");
    add(unsaid("-ffloat16-excess-precision="), "-ffloat16-excess-precision=none");

    add(fastmath.reassoc, "-mreassociate");
    add(fastmath.contract, "-ffp-contract=fast");
    add(fastmath.arcp, "-freciprocal-math");
    add(fastmath.nsz, "-fno-signed-zeros");
    add(fastmath.nnan, "-menable-no-nans");
    add(fastmath.ninf, "-menable-no-infs");
    add(fastmath.afn, "-fapprox-func");
    let all = fastmath == FastMath::all();
    add(all, "-ffast-math");
    add(all, "-ffinite-math-only");
    add(all, "-funsafe-math-optimizations");
    add(all, "-complex-range=basic");
    arguments
}

/// The flag that an error of clang's speaks of.
pub(crate) fn blame(flags: &[String], message: &str) -> FlagError {
    let named = flags.iter().find(|flag| message.contains(flag.as_str()));
    // Or by its value: "unknown target CPU 'foo'".
    let valued = || {
        flags.iter().find(|flag| {
            let value = flag.split_once('=').map_or("", |(_, value)| value);
            !value.is_empty() && message.contains(&format!("'{value}'"))
        })
    };
    let flag = named.or_else(valued).cloned().unwrap_or_else(|| flags.join(" "));
    FlagError { flag, reason: message.to_owned() }
}

/// The failure that `diagnostics` tell of, where it is one of the flags: a first error that is nowhere
/// in a file is about a CPU or a standard that is not known. After others, it says that they are too many.
pub(crate) fn misunderstood(sorted: &Sorted, diagnostics: &[Diagnostic]) -> Option<Failure> {
    let error = diagnostics.iter().find(|d| d.is_error()).filter(|d| d.file.is_empty())?;
    (!sorted.driver.is_empty()).then(|| blame(&sorted.driver, &error.message).into())
}

/// For C; `sort`, `define` and the driver let no NUL through.
fn strings(list: Vec<String>) -> Vec<CString> {
    list.into_iter().filter_map(|text| CString::new(text).ok()).collect()
}
