//! Code from outside becomes a module, which is kept on the disk: what was read before is not read again.

use shiver_codegen::Input;
use shiver_signature::Signature;

use super::message::{Answer, Request, Task};
use super::{ask, garbled};
use crate::cache::key::{Key, Recipe};
use crate::{Error, cache, dump, fork};

/// What was made of code from outside.
pub(crate) struct Imported {
    pub(crate) bitcode: Vec<u8>,
    pub(crate) signatures: Vec<Signature>,
}

/// As [`shiver_codegen::import`], apart.
///
/// What `refine` says cannot be known by the other process. So the code is first taken over as it is, and
/// once more where `refine` has something to say.
pub(crate) fn import(
    input: Input<'_>,
    name: Option<&str>,
    own: &[String],
    refine: &mut (dyn FnMut(&mut Signature) + Send),
) -> Result<Imported, Error> {
    let (text, code) = match input {
        Input::Text(text) => (true, text.as_bytes()),
        Input::Bitcode(bitcode) => (false, bitcode),
    };
    let recipe = |kind| {
        let recipe = Recipe::new(kind).part([u8::from(text)]).part(code);
        let recipe = recipe.part(name.unwrap_or_default()).part([u8::from(name.is_some())]);
        own.iter().fold(recipe, |recipe, name| recipe.part(name))
    };
    let take_over = |refined: Option<&[Signature]>| {
        let refined = refined.map(<[Signature]>::to_vec);
        let (name, own) = (name.map(str::to_owned), own.to_vec());
        let task = Task::Import { text, name, own, refined };
        match ask(&Request { task, parts: vec![code] })? {
            (Answer::Imported { found, signatures }, mut parts) if parts.len() == 1 => {
                Ok((found, Imported { bitcode: parts.remove(0), signatures }))
            }
            _ => Err(garbled("reading")),
        }
    };

    let key = recipe("found").finish();
    let (found, plain) = match get(&key).and_then(|entry| serde_json::from_slice(&entry).ok()) {
        Some(found) => (found, None),
        None => {
            let (found, plain) = take_over(None)?;
            let entry = serde_json::to_vec(&found).expect("signatures have string keys only");
            put(&key, &entry);
            (found, Some(plain))
        }
    };
    let mut refined: Vec<Signature> = found.clone();
    refined.iter_mut().for_each(refine);

    let json = refined.iter().map(Signature::to_json);
    let key = json.fold(recipe("imported"), |recipe, json| recipe.part(json)).finish();
    if plain.is_none()
        && let Some(imported) = get(&key).and_then(|entry| read(&entry))
    {
        return Ok(imported);
    }
    let imported = match plain {
        Some(plain) if refined == found => plain,
        _ => take_over(Some(&refined))?.1,
    };
    put(&key, &write(&imported));
    Ok(imported)
}

/// The signatures of bitcode that was taken over before, here or elsewhere.
pub(crate) fn signatures(bitcode: &[u8]) -> Result<Vec<Signature>, Error> {
    let key = Recipe::new("signatures").part(bitcode).finish();
    if let Some(found) = get(&key).and_then(|entry| serde_json::from_slice(&entry).ok()) {
        return Ok(found);
    }
    let found = super::signatures(bitcode)?;
    put(&key, &serde_json::to_vec(&found).expect("signatures have string keys only"));
    Ok(found)
}

/// As [`shiver_codegen::allow_fast_math`], of bitcode that was taken over before.
pub(crate) fn allow_fast_math(bitcode: &[u8], names: &[&str]) -> Result<Vec<u8>, Error> {
    let recipe = Recipe::new("fast math").part(bitcode);
    let key = names.iter().fold(recipe, |recipe, name| recipe.part(name)).finish();
    let found = object_or_find(&key, || super::allow_fast_math(bitcode, names).map(Some))?;
    found.ok_or_else(|| garbled("reading"))
}

/// The object under that key, or what `compile` gives, which may wait for another process. An empty entry
/// stands for nothing.
pub(crate) fn object_or_find(
    key: &Key,
    compile: impl FnOnce() -> Result<Option<Vec<u8>>, Error>,
) -> Result<Option<Vec<u8>>, Error> {
    let bytes = match get(key) {
        Some(bytes) => bytes,
        None => {
            let bytes = compile()?.unwrap_or_default();
            put(key, &bytes);
            bytes
        }
    };
    Ok((!bytes.is_empty()).then_some(bytes))
}

fn get(key: &Key) -> Option<Vec<u8>> {
    let _section = fork::section();
    if dump::is_on() { None } else { cache::get(key) }
}

fn put(key: &Key, entry: &[u8]) {
    let _section = fork::section();
    cache::put(key, entry);
}

/// A module as an entry: the length of its signatures, these, and the bitcode.
fn write(imported: &Imported) -> Vec<u8> {
    let signatures =
        serde_json::to_vec(&imported.signatures).expect("signatures have string keys only");
    let length = (signatures.len() as u64).to_le_bytes();
    [&length[..], &signatures, &imported.bitcode].concat()
}

/// The inverse of [`write`]; `None` for anything else.
fn read(entry: &[u8]) -> Option<Imported> {
    let (length, rest) = entry.split_at_checked(8)?;
    let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
    let (signatures, bitcode) = rest.split_at_checked(length)?;
    let signatures = serde_json::from_slice(signatures).ok()?;
    Some(Imported { bitcode: bitcode.to_vec(), signatures })
}
