//! Golden tests: the shape of the nest that a body gets.
//!
//! Each file in `bodies` is C that begins with comment lines for what is compiled, and ends with lines
//! `//= …` that tell the expected shape. What may be said at the beginning, one word a line:
//!
//! | line | default |
//! |---|---|
//! | `// indices: 2` | 1 |
//! | `// steps: general` | unit |
//! | `// fastmath: all` | none |
//! | `// streams: 255` | 0 |
//! | `// cpu: haswell` | sapphirerapids |
//! | `// lang: c++` | c |
//!
//! Where a line gives several values, `// cpu: haswell, znver4`, the body is compiled with each; a line
//! `// for T: int, double` does so with a macro of that name. Of several lines, every value of one
//! meets every value of the other. Of such a body each nest gets one line, written by `outline`; of
//! others, `shape` tells all there is. Other comments say what is to be seen, and why it is no better.
//!
//! The CPU is named, so that the shape does not depend on the machine. With `SHIVER_RENEW_GOLDEN=1` the
//! expected lines are written anew: look at the difference before you keep it. One that is worse than
//! before needs its reason in the commit.

mod graph;
mod outline;
mod shape;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fs, thread};

use shiver_clang::{FastMath, Language, Options};
use shiver_codegen::{Body, Shape, Stage, compile_nest};
use shiver_llvm::Cpu;

/// The keys that a file may give values to, and what they are otherwise.
const DEFAULTS: [(&str, &str); 6] = [
    ("indices", "1"),
    ("steps", "unit"),
    ("fastmath", "none"),
    ("streams", "0"),
    ("cpu", "sapphirerapids"),
    ("lang", "c"),
];

/// One way to compile a body.
#[derive(Clone, Default)]
struct Variant {
    /// What distinguishes it from the others of its file.
    label: Vec<String>,
    settings: Vec<(&'static str, String)>,
    macros: Vec<(String, Option<String>)>,
}

impl Variant {
    fn get(&self, key: &str) -> &str {
        let set = self.settings.iter().find(|(k, _)| *k == key).map(|(_, value)| value.as_str());
        set.unwrap_or_else(|| DEFAULTS.iter().find(|(k, _)| *k == key).expect("a key").1)
    }
}

/// The ways in which the leading comments of `source` ask for it to be compiled.
fn variants(source: &str) -> Vec<Variant> {
    let mut variants = vec![Variant::default()];
    for line in source.lines().map_while(|line| line.strip_prefix("// ")) {
        let Some((key, values)) = line.split_once(": ") else { continue };
        let setting = DEFAULTS.iter().map(|(k, _)| *k).find(|k| *k == key);
        let name = key.strip_prefix("for ");
        if setting.is_none() && name.is_none() {
            continue;
        }
        let values: Vec<_> = values.split(", ").collect();
        let with = |variant: &Variant, value: &str| {
            let mut variant = variant.clone();
            if let Some(setting) = setting {
                variant.settings.push((setting, value.to_owned()));
            } else if let Some(name) = name {
                variant.macros.push((name.to_owned(), Some(value.to_owned())));
            }
            if values.len() > 1 {
                let about = ["fastmath", "steps", "streams"].contains(&key);
                let value = if about { format!("{key} {value}") } else { value.to_owned() };
                variant.label.push(value);
            }
            variant
        };
        let each = variants.iter().flat_map(|variant| values.iter().map(|v| with(variant, v)));
        variants = each.collect();
    }
    variants
}

/// What is told of `source`, over all its variants.
fn told(source: &str) -> String {
    let variants = variants(source);
    if let [variant] = &*variants {
        return nest(source, variant, shape::describe);
    }
    let line = |v: &Variant| format!("{}: {}\n", v.label.join(", "), nest(source, v, outline::of));
    variants.iter().map(line).collect()
}

/// What `tell` says of the nest around the body that `source` defines, or why there is none.
fn nest(
    source: &str,
    variant: &Variant,
    tell: fn(&str, &shiver_signature::Signature, Shape) -> String,
) -> String {
    let cpu = Cpu::named(variant.get("cpu"));
    let mut options = Options { defines: variant.macros.clone(), ..Options::default() };
    match variant.get("fastmath") {
        "none" => {}
        "all" => options.fastmath = FastMath::all(),
        flag => assert!(options.fastmath.set(flag), "no flag {flag}"),
    }
    if variant.get("lang") == "c++" {
        options.language = Language::Cxx17;
    }
    let compiled = shiver_clang::compile(source, &options, &cpu).unwrap_or_else(|e| panic!("{e}"));
    let signature = compiled.signatures.last().expect("a body");
    let shape = Shape {
        indices: variant.get("indices").parse().expect("a number"),
        unit_steps: variant.get("steps") != "general",
        reduction: None,
        tiles: true,
        streams: variant.get("streams").parse().expect("a number"),
    };
    let body = Body { bitcode: &compiled.bitcode, symbol: &signature.symbol };
    match compile_nest(body, None, shape, &cpu, Stage::Ir) {
        Err(error) => format!("refused: {error}\n"),
        Ok(output) if output.bytes.is_empty() => "nothing to stream\n".to_owned(),
        Ok(output) => {
            let ir = String::from_utf8(output.bytes).expect("text");
            tell(&ir, signature, shape)
        }
    }
}

/// Compares what is told of a body with what its file expects, or writes that anew; gives the difference.
fn compare(path: &Path, renew: bool) -> Option<String> {
    let text = fs::read_to_string(path).unwrap();
    let (expected, source): (Vec<_>, Vec<_>) =
        text.lines().partition(|line| line.starts_with("//="));
    let lines = |lines: Vec<&str>| lines.into_iter().map(|line| format!("{line}\n")).collect();
    let source: String = lines(source);
    let expected = expected.into_iter().map(|line| line.trim_start_matches("//=")).collect();
    let expected: String = lines(expected);
    let found: String = told(&source).lines().map(|line| format!(" {line}\n")).collect();
    if found == expected {
        return None;
    }
    if renew {
        let lines: String = found.lines().map(|line| format!("//={line}\n")).collect();
        fs::write(path, format!("{source}{lines}")).unwrap();
        return None;
    }
    let name = path.file_name().unwrap().to_string_lossy();
    Some(format!("--- {name}, expected:\n{expected}--- found:\n{found}\n"))
}

#[test]
fn each_body_has_its_shape() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bodies");
    let renew = env::var_os("SHIVER_RENEW_GOLDEN").is_some_and(|value| value == "1");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 200, "the bodies are gone");
    let next = AtomicUsize::new(0);
    let work = || {
        let mut failures = vec![];
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            failures.extend(compare(path, renew));
        }
        failures
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut failures = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
    });
    failures.sort();
    let failures = failures.concat();
    assert!(failures.is_empty(), "{failures}renew with SHIVER_RENEW_GOLDEN=1");
}
