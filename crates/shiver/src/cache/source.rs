//! The entry of a compiled source.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shiver_clang::{Compiled, Diagnostic, Options};
use shiver_signature::Signature;

use super::key::{Key, Recipe, hash};

/// Macros that stand for something else at each compile.
const FLEETING: [&str; 3] = ["__DATE__", "__TIME__", "__TIMESTAMP__"];

/// The key of a source; `None` where it must not be kept.
pub(crate) fn key(source: &str, options: &Options, cpu: &[u8]) -> Option<Key> {
    if FLEETING.iter().any(|name| source.contains(name)) {
        return None;
    }
    let mut recipe = Recipe::new("source").part(source).part(cpu);
    // The debug form of an option says all of it, and has no meaning but to be distinct.
    recipe = recipe.part(format!("{options:?}"));
    let may_be_relative = |flag: &String| flag.contains("-I") || !flag.starts_with('-');
    if !options.include_dirs.is_empty() || options.flags.iter().any(may_be_relative) {
        let folder = std::env::current_dir().ok()?;
        recipe = recipe.part(folder.as_os_str().as_encoded_bytes());
    }
    Some(recipe.finish())
}

/// All of an entry but the bitcode.
#[derive(Serialize, Deserialize)]
struct Record {
    signatures: Vec<Signature>,
    warnings: Vec<Diagnostic>,
    /// The files that were included, with the hashes of their contents.
    dependencies: Vec<(PathBuf, String)>,
    /// The paths where a file was looked for in vain.
    missing: Vec<PathBuf>,
}

/// The entry for a source; `None` where it cannot be told whether it is still good.
pub(crate) fn write(compiled: &Compiled) -> Option<Vec<u8>> {
    let dependencies =
        compiled.dependencies.iter().map(|path| Some((path.clone(), content(path)?)));
    let record = Record {
        signatures: compiled.signatures.clone(),
        warnings: compiled.warnings.clone(),
        dependencies: dependencies.collect::<Option<_>>()?,
        missing: compiled.missing.clone(),
    };
    let record = serde_json::to_vec(&record).ok()?;
    let mut entry = u32::try_from(record.len()).ok()?.to_le_bytes().to_vec();
    entry.extend(record);
    entry.extend(&compiled.bitcode);
    Some(entry)
}

/// What an entry says; `None` where it is damaged, or a file has changed since.
pub(crate) fn read(entry: &[u8]) -> Option<Compiled> {
    let (length, rest) = entry.split_at_checked(4)?;
    let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
    let (record, bitcode) = rest.split_at_checked(length)?;
    let record: Record = serde_json::from_slice(record).ok()?;
    let same = |(path, hash): &(PathBuf, String)| content(path).as_ref() == Some(hash);
    if !record.dependencies.iter().all(same) || record.missing.iter().any(|path| path.exists()) {
        return None;
    }
    Some(Compiled {
        bitcode: bitcode.to_vec(),
        signatures: record.signatures,
        warnings: record.warnings,
        dependencies: record.dependencies.into_iter().map(|(path, _)| path).collect(),
        missing: record.missing,
    })
}

fn content(path: &Path) -> Option<String> {
    std::fs::read(path).ok().map(|bytes| hash(&[&bytes]))
}
