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
//! The CPU is named, so that the shape does not depend on the machine. With `SHIVER_RENEW_GOLDEN=1` the
//! expected lines are written anew: look at the difference before you keep it.

mod graph;
mod shape;

use std::path::PathBuf;
use std::{env, fs};

use shiver_clang::{FastMath, Language, Options};
use shiver_codegen::{Body, Shape, Stage, compile_nest};
use shiver_llvm::Cpu;

/// The value that a leading comment gives to `key`.
fn setting<'a>(source: &'a str, key: &str) -> Option<&'a str> {
    let comments = source.lines().map_while(|line| line.strip_prefix("// "));
    comments.filter_map(|line| line.split_once(": ")).find(|(k, _)| *k == key).map(|(_, v)| v)
}

/// The shape of the nest around the body that `source` defines, or why there is none.
fn shape_of(source: &str) -> String {
    let cpu = Cpu::named(setting(source, "cpu").unwrap_or("sapphirerapids"));
    let mut options = Options::default();
    match setting(source, "fastmath") {
        None => {}
        Some("all") => options.fastmath = FastMath::all(),
        Some(flag) => assert!(options.fastmath.set(flag), "no flag {flag}"),
    }
    if setting(source, "lang") == Some("c++") {
        options.language = Language::Cxx17;
    }
    let compiled = shiver_clang::compile(source, &options, &cpu).unwrap_or_else(|e| panic!("{e}"));
    let signature = compiled.signatures.last().expect("a body");
    let shape = Shape {
        indices: setting(source, "indices").map_or(1, |n| n.parse().expect("a number")),
        unit_steps: setting(source, "steps") != Some("general"),
        reduction: None,
        streams: setting(source, "streams").map_or(0, |bits| bits.parse().expect("a number")),
    };
    let body = Body { bitcode: &compiled.bitcode, symbol: &signature.symbol };
    match compile_nest(body, None, shape, &cpu, Stage::Ir) {
        Err(error) => format!("refused: {error}\n"),
        Ok(output) if output.bytes.is_empty() => "nothing to stream\n".to_owned(),
        Ok(output) => {
            let ir = String::from_utf8(output.bytes).expect("text");
            shape::describe(&ir, signature, shape)
        }
    }
}

#[test]
fn each_body_has_its_shape() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bodies");
    let renew = env::var_os("SHIVER_RENEW_GOLDEN").is_some_and(|value| value == "1");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 40, "the bodies are gone");
    let mut failures = String::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let source: String = text
            .lines()
            .filter(|line| !line.starts_with("//="))
            .map(|l| format!("{l}\n"))
            .collect();
        let expected: String = text
            .lines()
            .filter_map(|line| line.strip_prefix("//="))
            .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
            .collect();
        let found = shape_of(&source);
        if renew && found != expected {
            let lines: String = found.lines().map(|line| format!("//= {line}\n")).collect();
            fs::write(&path, format!("{source}{lines}")).unwrap();
        } else if found != expected {
            let name = path.file_name().unwrap().to_string_lossy();
            failures += &format!("--- {name}, expected:\n{expected}--- found:\n{found}\n");
        }
    }
    assert!(failures.is_empty(), "{failures}renew with SHIVER_RENEW_GOLDEN=1");
}
