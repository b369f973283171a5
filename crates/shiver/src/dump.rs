//! What is written to the folder that `SHIVER_DUMP` names, for whoever wants to see how loops are
//! compiled.
//!
//! Each loop that is compiled leaves files of one name, `FUNCTION-SHAPE-HASH`, where `SHAPE` is such as
//! `2-indices`, `1-index-in-steps` or `1-index-add`, and the hash tells apart what is compiled from
//! other code, for another CPU or with other options:
//!
//! | ending | what |
//! |---|---|
//! | `.c` or `.cpp` | the source, if there is one |
//! | `.before.ll` | the loops and the body as textual IR, before LLVM's optimiser |
//! | `.after.ll` | the same after it |
//! | `.s` | the same as assembly |
//! | `.o` | the object |
//! | `.json` | the signature, the CPU, LLVM's version, and the seconds that each stage took |
//!
//! With such a folder, what the cache on the disk holds is compiled again, so that it can be seen. Files
//! that are there are replaced. What cannot be written is left out; that the folder is none that can be
//! written to is told once, by [`trouble`].

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use shiver_clang::Language;
use shiver_codegen::{Examination, Reduction, Shape};
use shiver_signature::Signature;

use crate::cache::key::Recipe;
use crate::module::{Source, cpu};

/// The folder, or why it cannot be used; asked for when the first loop is compiled.
fn folder() -> Result<Option<&'static Path>, &'static str> {
    static FOLDER: OnceLock<Result<Option<PathBuf>, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let Some(folder) = std::env::var_os("SHIVER_DUMP").filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let folder = PathBuf::from(folder);
        let probe = folder.join(format!(".shiver-{}", std::process::id()));
        let usable = fs::create_dir_all(&folder).and_then(|()| fs::write(&probe, ""));
        let _ = fs::remove_file(&probe);
        match usable {
            // For every working directory that may come.
            Ok(()) => Ok(Some(std::path::absolute(&folder).unwrap_or(folder))),
            Err(error) => Err(format!(
                "SHIVER_DUMP={} cannot be written to, and nothing is: {error}",
                folder.display()
            )),
        }
    });
    folder.as_ref().map(Option::as_deref).map_err(String::as_str)
}

/// Whether there is a folder to write to.
pub(crate) fn is_on() -> bool {
    matches!(folder(), Ok(Some(_)))
}

/// Why nothing can be written although `SHIVER_DUMP` asks for it; told once.
///
/// ```
/// assert_eq!(shiver::dump::trouble(), None);
/// ```
pub fn trouble() -> Option<&'static str> {
    static TOLD: AtomicBool = AtomicBool::new(false);
    let trouble = folder().err()?;
    (!TOLD.swap(true, Ordering::Relaxed)).then_some(trouble)
}

/// What the file of timings says.
#[derive(Serialize)]
struct Record<'a> {
    function: String,
    shape: &'a str,
    cpu: &'a str,
    cpu_features: &'a str,
    llvm: &'a str,
    /// In seconds.
    stages: Vec<(&'static str, f64)>,
}

/// Writes what is to be seen of a loop around a function of `bitcode`.
pub(crate) fn write(
    source: Option<&Source>,
    bitcode: &[u8],
    signature: &Signature,
    shape: Shape,
    looked: &Examination,
) {
    let Ok(Some(folder)) = folder() else { return };
    let cpu = cpu();
    let key = Recipe::new("dump").part(bitcode).part(&cpu.name).part(&cpu.features);
    let label = label(shape);
    let hash = key.part(&signature.symbol).finish().as_str()[..8].to_owned();
    let stem = format!("{}-{label}-{hash}", file_name(&signature.name));
    let put = |ending: &str, content: &[u8]| {
        // What cannot be written is left out, as said above.
        let _ = fs::write(folder.join(format!("{stem}.{ending}")), content);
    };
    let mut stages = Vec::new();
    if let Some(source) = source {
        let cxx = source.options.language == Language::Cxx17;
        put(if cxx { "cpp" } else { "c" }, source.text.as_bytes());
        stages.extend(source.took.map(|took| ("clang", took.as_secs_f64())));
    }
    put("before.ll", looked.built.as_bytes());
    put("after.ll", looked.optimized.as_bytes());
    put("s", looked.assembly.as_bytes());
    put("o", &looked.object);
    let timings = looked.timings;
    for (name, time) in
        [("nest", timings.build), ("optimize", timings.optimize), ("emit", timings.emit)]
    {
        stages.push((name, time.as_secs_f64()));
    }
    let record = Record {
        function: signature.to_string(),
        shape: &label,
        cpu: &cpu.name,
        cpu_features: &cpu.features,
        llvm: crate::LLVM_VERSION,
        stages,
    };
    put("json", &serde_json::to_vec_pretty(&record).expect("string keys and finite numbers only"));
}

/// A shape as a part of a file's name.
fn label(shape: Shape) -> String {
    let count = if shape.indices == 1 { "index" } else { "indices" };
    let steps = if shape.unit_steps { "" } else { "-in-steps" };
    let reduction = match shape.reduction {
        None => "",
        Some(Reduction::Add) => "-add",
        Some(Reduction::Multiply) => "-multiply",
        Some(Reduction::Min) => "-min",
        Some(Reduction::Max) => "-max",
        Some(Reduction::BitAnd) => "-bit-and",
        Some(Reduction::BitOr) => "-bit-or",
        Some(Reduction::BitXor) => "-bit-xor",
        Some(Reduction::All) => "-and",
        Some(Reduction::Any) => "-or",
        Some(Reduction::Function) => "-function",
    };
    let tiles = if shape.tiles { "" } else { "-without-tiles" };
    let streams = match shape.streams {
        0 => String::new(),
        Shape::ALL_STREAMS => "-streaming".to_owned(),
        some => format!("-streaming-{some:08b}"),
    };
    format!("{}-{count}{steps}{reduction}{tiles}{streams}", shape.indices)
}

/// A function's name as a part of a file's name: letters, digits and `_` only, and not too many.
fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    name.chars().map(plain).take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_names_make_names_of_files() {
        let shape = |indices, unit_steps, reduction| Shape {
            indices,
            unit_steps,
            reduction,
            tiles: true,
            streams: 0,
        };
        assert_eq!(label(shape(1, true, None)), "1-index");
        assert_eq!(label(shape(3, false, None)), "3-indices-in-steps");
        assert_eq!(label(shape(2, true, Some(Reduction::Any))), "2-indices-or");
        let streaming = |streams| Shape { streams, ..shape(1, true, None) };
        assert_eq!(label(streaming(Shape::ALL_STREAMS)), "1-index-streaming");
        assert_eq!(label(streaming(0b101)), "1-index-streaming-00000101");
        assert_eq!(
            label(Shape { tiles: false, ..shape(2, true, None) }),
            "2-indices-without-tiles"
        );
        assert_eq!(file_name("a::b/../c"), "a__b____c");
        assert_eq!(file_name(&"x".repeat(300)).len(), 80);
    }
}
