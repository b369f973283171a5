//! A nest in one line: how many iterations go through a loop together, in vectors of how many bits, and
//! what keeps them from being faster.
//!
//! `64 in 512 bits, then 8, then 1` is a loop that computes 64 iterations a round, whose widest access
//! to memory has 512 bits, one for the rest that computes 8, and one that computes the last of them
//! singly. What else may be said: the checks before vectors are used, arrays whose elements are gathered
//! and scattered, accesses under a mask, calls of anything but LLVM's own functions, and loops inside of
//! the body.

use std::collections::BTreeSet;

use shiver_codegen::{NEST_SYMBOL, Shape};
use shiver_signature::Signature;

use crate::graph::{Function, Loop};
use crate::shape::{Origin, callee, checks, end_of_operand};

/// The outline of a nest.
pub(crate) fn of(ir: &str, signature: &Signature, shape: Shape) -> String {
    let function = Function::parse(ir, NEST_SYMBOL);
    let fixed = signature.params.len() - shape.indices;
    let origin = Origin { function: &function, signature, fixed, is_nest: true };
    let loops = function.loops();
    let contains = |outer: &Loop, inner: &Loop| {
        outer.header != inner.header && outer.blocks.is_superset(&inner.blocks)
    };
    let depth = |this: &Loop| loops.iter().filter(|other| contains(other, this)).count();
    let innermost = |this: &&Loop| !loops.iter().any(|other| contains(this, other));

    let tiles = tiles(ir);
    if !tiles.is_empty() {
        return format!("tiles of {}", tiles.join(", "));
    }
    // A narrow index that goes in steps has a loop around its own.
    let most = shape.indices + usize::from(!shape.unit_steps);
    let (nest, inner): (Vec<_>, Vec<_>) =
        loops.iter().filter(innermost).partition(|this| depth(this) < most);
    let mut parts = vec![];
    if !nest.is_empty() || inner.is_empty() {
        parts.push(rounds(&function, &nest));
    }
    if !inner.is_empty() {
        parts.push(format!("loops inside: {}", rounds(&function, &inner)));
    }
    let checks = checks(&function);
    if checks != "none" {
        parts.push(format!("checked {checks}"));
    }
    let lines = |this: &Loop| -> Vec<&str> {
        this.blocks.iter().flat_map(|&b| function.blocks[b].lines.iter().copied()).collect()
    };
    let all: Vec<&str> = if loops.is_empty() {
        function.blocks.iter().flat_map(|block| block.lines.iter().copied()).collect()
    } else {
        loops.iter().flat_map(lines).collect()
    };
    parts.extend(notes(&all, &origin));
    parts.join("; ")
}

/// The tiles that a nest runs full, such as `8x24`.
fn tiles(ir: &str) -> Vec<String> {
    let names = ir.lines().filter_map(|line| line.split_once("define internal void @tile.run."));
    let names = names.filter_map(|(_, rest)| rest.split('(').next());
    names.filter(|name| !name.starts_with(|c: char| c.is_alphabetic())).map(str::to_owned).collect()
}

/// How the iterations go through some loops.
fn rounds(function: &Function<'_>, loops: &[&Loop]) -> String {
    let vectors = loops.iter().filter_map(|this| {
        let lines: Vec<&str> =
            this.blocks.iter().flat_map(|&b| function.blocks[b].lines.iter().copied()).collect();
        let label = function.blocks[this.header].label;
        let is_vector = label.starts_with("vector.body");
        let is_rest = label.starts_with("vec.epilog.vector.body");
        (is_vector || is_rest).then(|| (is_rest, together(&lines), bits(&lines)))
    });
    let vectors: Vec<_> = vectors.collect();
    let unique = |rest: bool| {
        let texts = vectors.iter().filter(|(is_rest, ..)| *is_rest == rest);
        let texts: BTreeSet<_> = texts
            .map(|(_, together, bits)| match rest {
                false => format!("{together} in {bits} bits"),
                true => together.clone(),
            })
            .collect();
        texts.into_iter().collect::<Vec<_>>().join(" or ")
    };
    if vectors.is_empty() {
        return if loops.is_empty() { "no loop" } else { "one by one" }.to_owned();
    }
    let mut text = unique(false);
    if vectors.iter().any(|(is_rest, ..)| *is_rest) {
        text += &format!(", then {}", unique(true));
    }
    if vectors.len() < loops.len() {
        text += ", then 1";
    }
    text
}

/// How many iterations a round of a vector loop computes.
fn together(lines: &[&str]) -> String {
    let next = lines.iter().find(|line| line.starts_with("%index.next"));
    let step = next.and_then(|line| line.rsplit_once(", ")).map(|(_, step)| step);
    step.unwrap_or("some").to_owned()
}

/// The size of the widest vector that is read or written; of any vector, where none is.
fn bits(lines: &[&str]) -> u64 {
    let words = ["load", "store", "gather", "scatter"];
    let touches = |line: &&&str| words.iter().any(|w| line.contains(w));
    let widest = |lines: &mut dyn Iterator<Item = &&str>| {
        let vectors = lines.flat_map(|line| line.split('<').skip(1));
        vectors.filter_map(vector_bits).max()
    };
    let among = widest(&mut lines.iter().filter(touches));
    among.or_else(|| widest(&mut lines.iter())).unwrap_or(0)
}

/// The size of the vector whose type begins behind the `<` before `text`, other than of flags and
/// addresses.
fn vector_bits(text: &str) -> Option<u64> {
    let (lanes, element) = text.split('>').next()?.split_once(" x ")?;
    let element: u64 = match element {
        "half" | "bfloat" => 16,
        "float" => 32,
        "double" => 64,
        "i1" => return None,
        _ => element.strip_prefix('i')?.parse().ok()?,
    };
    Some(lanes.parse::<u64>().ok()? * element)
}

/// What slows loops down.
fn notes(lines: &[&str], origin: &Origin<'_>) -> Vec<String> {
    let (mut gathered, mut scattered) = (BTreeSet::new(), BTreeSet::new());
    let (mut masked, mut calls) = (false, BTreeSet::new());
    for line in lines.iter().filter(|line| line.contains("call ")) {
        let name = callee(line.split_once("call ").expect("a call").1);
        let base = || {
            let pointers = line.split("x ptr> ").nth(1)?;
            let pointers = &pointers[pointers.find('%')?..];
            Some(origin.of_lanes(end_of_operand(pointers)))
        };
        match name.strip_prefix("llvm.") {
            Some(rest) if rest.starts_with("masked.gather") => gathered.extend(base()),
            Some(rest) if rest.starts_with("masked.scatter") => scattered.extend(base()),
            Some(rest) if rest.starts_with("masked.") => masked = true,
            Some(rest) if ["memcpy", "memmove", "memset"].iter().any(|n| rest.starts_with(n)) => {
                calls.insert(rest.split('.').next().expect("a name").to_owned());
            }
            Some(_) => {}
            None => {
                calls.insert(name);
            }
        }
    }
    let list = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    if masked {
        notes.push("masked".to_owned());
    }
    for (word, set) in [("gathers", gathered), ("scatters", scattered), ("calls", calls)] {
        if !set.is_empty() {
            notes.push(format!("{word} {}", list(set)));
        }
    }
    notes
}
