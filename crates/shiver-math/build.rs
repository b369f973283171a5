//! Compiles SLEEF's source for each instruction set, and writes the table of what it defines.

#[path = "src/catalogue.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is the library's")]
mod catalogue;

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs};

use catalogue::{Accuracy, Arithmetic, FUNCTIONS, Form, Function, Precision};

/// An instruction set, as SLEEF and the compiler call it.
struct InstructionSet {
    arithmetic: Arithmetic,
    /// Of a vector; 0 for the scalar forms.
    bytes: usize,
    sleef: &'static str,
    flags: &'static [&'static str],
}

impl InstructionSet {
    fn lanes(&self, precision: Precision) -> usize {
        (self.bytes / precision.bytes()).max(1)
    }

    fn form(&self, precision: Precision, lanes: usize, accuracy: Accuracy) -> Form {
        Form { precision, lanes, accuracy, arithmetic: self.arithmetic }
    }
}

const INSTRUCTION_SETS: [InstructionSet; 6] = {
    use Arithmetic::{Fused, Plain};
    const AVX2: &[&str] = &["-mavx2", "-mfma"];
    const fn set(
        arithmetic: Arithmetic,
        bytes: usize,
        sleef: &'static str,
        flags: &'static [&'static str],
    ) -> InstructionSet {
        InstructionSet { arithmetic, bytes, sleef, flags }
    }
    [
        set(Fused, 64, "AVX512F", &["-mavx512f"]),
        set(Fused, 32, "AVX2", AVX2),
        set(Fused, 16, "AVX2128", AVX2),
        set(Fused, 0, "PURECFMA_SCALAR", AVX2),
        set(Plain, 16, "SSE2", &["-msse2"]),
        set(Plain, 0, "PUREC_SCALAR", &["-msse2"]),
    ]
};

fn main() {
    for path in ["build.rs", "src/catalogue.rs", "src/unit.c", "src/mend.h", "sleef"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut symbols = Vec::new();
    let mut objects = compiler().file("sleef/rempitab.c").compile_intermediates();
    for set in &INSTRUCTION_SETS {
        for precision in [Precision::Single, Precision::Double] {
            for second_form in [false, true] {
                let (entries, names) = entries(set, precision, second_form);
                symbols.extend(names);
                objects.push(compile(set, precision, second_form, &entries, &out));
            }
        }
    }
    let mut archive = compiler();
    archive.objects(&objects).compile("shiver_math");

    symbols.sort_unstable();
    let identity = identity(&out.join("libshiver_math.a"));
    fs::write(out.join("table.rs"), table(&symbols, identity)).expect("the folder is ours");
}

/// The list of a unit's entries as `unit.c` reads it, and their symbols.
fn entries(set: &InstructionSet, precision: Precision, second_form: bool) -> (String, Vec<String>) {
    let mut text = String::new();
    let mut symbols = Vec::new();
    for function in FUNCTIONS.iter().filter(|function| function.second_form == second_form) {
        let fast = function.fast.map(|suffix| (Accuracy::FourUlp, suffix));
        let forms = [Some((Accuracy::OneUlp, function.accurate)), fast];
        for (accuracy, suffix) in forms.into_iter().flatten() {
            if function.offered(accuracy, set.arithmetic) != accuracy {
                continue;
            }
            let symbol = function.symbol(set.form(precision, set.lanes(precision), accuracy));
            writeln!(text, "{}({}, {suffix}, {symbol:?})", kind(function), function.name)
                .expect("a string takes everything");
            symbols.push(symbol);
        }
    }
    (text, symbols)
}

fn function(name: &str) -> &'static Function {
    FUNCTIONS.iter().find(|function| function.name == name).expect("it is in the catalogue")
}

/// The macro that defines an entry.
fn kind(function: &Function) -> &'static str {
    match (function.arguments, function.mended) {
        (1, false) => "UNARY",
        (1, true) => "UNARY_MENDED",
        (_, false) => "BINARY",
        (_, true) => "BINARY_MENDED",
    }
}

/// A compiler for exact arithmetic: what is bit for bit the same in every form depends on it.
fn compiler() -> cc::Build {
    let mut build = cc::Build::new();
    build
        .include("src")
        .include("sleef")
        .opt_level(2)
        .debug(false)
        .pic(true)
        .warnings(false)
        .cargo_metadata(true)
        .flag("-ffp-contract=off")
        .flag("-fno-math-errno")
        .flag("-fno-trapping-math");
    build
}

fn compile(
    set: &InstructionSet,
    precision: Precision,
    second_form: bool,
    entries: &str,
    out: &Path,
) -> PathBuf {
    let header = format!("{}_{precision:?}_{second_form}.h", set.sleef);
    fs::write(out.join(&header), entries).expect("the folder is ours");
    // The objects of one source are told apart by its name.
    let source = out.join(header.replace(".h", ".c"));
    fs::write(&source, format!("#define SHIVER_ENTRIES {header:?}\n#include \"unit.c\"\n"))
        .expect("the folder is ours");
    let mut build = compiler();
    build.include(out).define(&format!("ENABLE_{}", set.sleef), "1");
    if precision == Precision::Double {
        build.define("SHIVER_DOUBLE", "1");
    }
    // One function of `float` is computed by that of `double`.
    let (erfc, lanes) = (function("erfc"), set.lanes(precision));
    let wide = set.form(Precision::Double, (lanes / 2).max(1), Accuracy::OneUlp);
    build.define("SHIVER_LANES", lanes.to_string().as_str());
    build.define("SHIVER_WIDE_ERFC", format!("{:?}", erfc.symbol(wide)).as_str());
    if second_form {
        build.define("DETERMINISTIC", "1");
    }
    for flag in set.flags {
        build.flag(flag);
    }
    let objects = build.file(source).compile_intermediates();
    objects.into_iter().next().expect("one for the one source")
}

/// Tells this build of the library from any other.
fn identity(archive: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    fs::read(archive).expect("just written").hash(&mut hasher);
    hasher.finish()
}

/// The symbols, sorted, and their addresses, in Rust.
fn table(symbols: &[String], identity: u64) -> String {
    let mut text = String::from("mod entries {\n    unsafe extern \"C\" {\n");
    let mut add = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for (k, symbol) in symbols.iter().enumerate() {
        add(format!("        #[link_name = {symbol:?}]\n        pub(super) fn f{k}();"));
    }
    add("    }\n}\n".to_owned());
    add(format!("const HASH: u64 = {identity};\n"));
    add(format!("static TABLE: [(&str, unsafe extern \"C\" fn()); {}] = [", symbols.len()));
    for (k, symbol) in symbols.iter().enumerate() {
        add(format!("    ({symbol:?}, entries::f{k}),"));
    }
    add("];".to_owned());
    text
}
