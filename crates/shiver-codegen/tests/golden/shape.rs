//! What is told of a nest: its loops, how wide they are, what they touch and what they call.
//!
//! Few words that stay the same when LLVM changes how it writes a thing, and change when it does
//! another thing: sets of accesses, not lists of instructions.

use std::collections::{BTreeMap, BTreeSet};

use shiver_codegen::{NEST_SYMBOL, Shape};
use shiver_signature::Signature;

use crate::graph::{Function, Loop};

/// The shape of a nest, a line per fact.
pub(crate) fn describe(ir: &str, signature: &Signature, shape: Shape) -> String {
    let function = Function::parse(ir, NEST_SYMBOL);
    let fixed = signature.params.len() - shape.indices;
    let origin = Origin { function: &function, signature, fixed, is_nest: true };
    let mut text = format!("checks at run time: {}\n", checks(&function));
    text += &loops(&function, &origin);
    // The functions of tiles, which take the body's parameters.
    let definitions = ir.lines().filter(|line| line.starts_with("define internal "));
    let names = definitions.filter_map(|definition| definition.split(['@', '(']).nth(1));
    for name in names.filter(|name| name.starts_with("tile.")) {
        let function = Function::parse(ir, name);
        let origin = Origin { function: &function, signature, fixed, is_nest: false };
        text += &format!("{name}:\n{}", loops(&function, &origin));
    }
    text
}

/// The loops of a function.
fn loops(function: &Function<'_>, origin: &Origin<'_>) -> String {
    let mut text = String::new();
    let loops = function.loops();
    if loops.is_empty() {
        text += "no loop\n";
        if !origin.is_nest {
            let lines = function.blocks.iter().flat_map(|block| block.lines.iter().copied());
            for fact in facts(&lines.collect::<Vec<_>>(), origin) {
                text += &format!("  {fact}\n");
            }
        }
    }
    for (k, this) in loops.iter().enumerate() {
        let around =
            |other: &&Loop| other.header != this.header && other.blocks.is_superset(&this.blocks);
        let depth = loops.iter().filter(around).count();
        let inner = loops[k + 1..].iter().filter(|other| this.blocks.is_superset(&other.blocks));
        let inner: BTreeSet<usize> = inner.flat_map(|other| &other.blocks).copied().collect();
        let lines: Vec<&str> = this
            .blocks
            .difference(&inner)
            .flat_map(|&block| function.blocks[block].lines.iter().copied())
            .collect();
        let indent = "  ".repeat(depth);
        text += &format!("{indent}{}\n", kind(function.blocks[this.header].label));
        for fact in facts(&lines, origin) {
            text += &format!("{indent}  {fact}\n");
        }
    }
    text
}

/// Which conditions are checked before a vector loop is entered.
pub(crate) fn checks(function: &Function<'_>) -> String {
    // A check's block may be gone, with what it computes moved out of the loop around.
    let has = |name| function.blocks.iter().any(|block| block.label.starts_with(name));
    let computes = |name| function.definitions.keys().any(|value| value.starts_with(name));
    let overlap = has("vector.memcheck") || computes("%diff.check") || computes("%found.conflict");
    let steps = computes("%ident.check");
    let wrap = computes("%mul.overflow") || has("vector.scevcheck") && !steps;
    let checks = [
        (overlap, "that arrays do not overlap"),
        (wrap, "that indices do not wrap"),
        (steps, "that steps are 1"),
    ];
    let checks: Vec<_> = checks.into_iter().filter(|(is, _)| *is).map(|(_, text)| text).collect();
    if checks.is_empty() { "none".to_owned() } else { checks.join(", and ") }
}

fn kind(label: &str) -> &'static str {
    match label {
        label if label.starts_with("vec.epilog.vector.body") => "vector loop for the rest",
        label if label.starts_with("vector.body") => "vector loop",
        _ => "loop",
    }
}

/// What the lines of a loop do, without what its inner loops do.
fn facts(lines: &[&str], origin: &Origin<'_>) -> Vec<String> {
    let mut accesses = BTreeSet::new();
    let mut arithmetic = BTreeSet::new();
    let mut calls = BTreeMap::new();
    for line in lines {
        let instruction = line.split_once(" = ").map_or(*line, |(_, instruction)| instruction);
        let (word, rest) = instruction.split_once(' ').unwrap_or((instruction, ""));
        let tagged = if line.contains("!llvm.access.group") { "independent" } else { "in order" };
        match word {
            "load" | "store" => {
                let special = ["volatile", "atomic"].into_iter().filter(|s| rest.starts_with(s));
                let special: String = special.map(|s| format!("{s} ")).collect();
                let rest = rest.trim_start_matches("atomic ").trim_start_matches("volatile ");
                let pointer = rest.rsplit(" ptr ").next().map_or("", end_of_operand);
                let from = origin.of(pointer);
                let past = if line.contains("!nontemporal") { ", past the caches" } else { "" };
                let ty = type_of(rest);
                accesses.insert(format!("{special}{word} {from}: {ty}, {tagged}{past}"));
            }
            "fence" | "atomicrmw" | "cmpxchg" => {
                accesses.insert(word.to_owned());
            }
            "fadd" | "fsub" | "fmul" | "fdiv" | "fcmp" => {
                let flags = ["fast", "reassoc", "contract"];
                let (flags, rest): (Vec<_>, Vec<_>) =
                    rest.split(' ').partition(|w| flags.contains(w) || is_flag(w));
                let flags: String = flags.iter().map(|flag| format!(" {flag}")).collect();
                let ty = if word == "fcmp" { rest[1..].join(" ") } else { rest.join(" ") };
                arithmetic.insert(format!("{word}{flags} {}", type_of(&ty)));
            }
            "call" | "tail" | "invoke" => {
                let name = callee(rest);
                let silent = ["llvm.assume", "llvm.lifetime", "llvm.experimental.noalias"];
                if silent.iter().any(|prefix| name.starts_with(prefix)) {
                    continue;
                }
                let name = match line.contains("!llvm.access.group") {
                    true => format!("{name}, independent"),
                    false => name,
                };
                *calls.entry(name).or_insert(0) += 1;
            }
            _ => {}
        }
    }
    let calls = calls.into_iter().map(|(name, count)| match count {
        // How often LLVM's own functions are used is a matter of unrolling.
        _ if name.starts_with("llvm.") => format!("call {name}"),
        1 => format!("call {name}"),
        _ => format!("call {name}, {count} times"),
    });
    accesses.into_iter().chain(arithmetic).chain(calls).collect()
}

fn is_flag(word: &str) -> bool {
    ["nnan", "ninf", "nsz", "arcp", "afn"].contains(&word)
}

/// The type at the beginning of a text.
fn type_of(text: &str) -> &str {
    match text.as_bytes().first() {
        Some(b'<') => &text[..=text.find('>').expect("a vector's end")],
        Some(b'{') => &text[..=text.rfind('}').expect("a struct's end")],
        _ => text.split([' ', ',']).next().unwrap_or(text),
    }
}

/// The value at the beginning of a text.
pub(crate) fn end_of_operand(text: &str) -> &str {
    &text[..text.find([',', ' ', ')']).unwrap_or(text.len())]
}

/// Whom a call calls.
pub(crate) fn callee(rest: &str) -> String {
    if rest.contains(" asm ") {
        return "assembly".to_owned();
    }
    // Before the arguments stand attributes with parentheses, but no other `@` or `%`.
    match rest.find(['@', '%']) {
        Some(at) if rest[at..].starts_with('@') => {
            rest[at + 1..].split('(').next().unwrap_or_default().to_owned()
        }
        _ => "through a pointer".to_owned(),
    }
}

/// Finds where pointers come from.
pub(crate) struct Origin<'a> {
    pub(crate) function: &'a Function<'a>,
    pub(crate) signature: &'a Signature,
    pub(crate) fixed: usize,
    /// Whether it is the nest, which reads a frame; else its parameters are the body's.
    pub(crate) is_nest: bool,
}

impl Origin<'_> {
    /// The origin of a vector of pointers.
    pub(crate) fn of_lanes(&self, pointers: &str) -> String {
        let definition = self.function.definitions.get(pointers).copied().unwrap_or_default();
        let Some(address) = definition.strip_prefix("getelementptr") else {
            return "pointers".to_owned();
        };
        match address.split(", ptr ").nth(1) {
            Some(base) => self.of(end_of_operand(base)),
            None => {
                let bases = address.split("x ptr> ").nth(1).unwrap_or_default();
                self.of_lanes(end_of_operand(bases))
            }
        }
    }

    /// The origins of a pointer, joined by `or`.
    pub(crate) fn of(&self, pointer: &str) -> String {
        let mut origins = BTreeSet::new();
        self.collect(pointer, &mut BTreeSet::new(), &mut origins);
        origins.into_iter().collect::<Vec<_>>().join(" or ")
    }

    fn collect(&self, pointer: &str, seen: &mut BTreeSet<String>, origins: &mut BTreeSet<String>) {
        if !seen.insert(pointer.to_owned()) {
            return;
        }
        if let Some(name) = pointer.strip_prefix('@') {
            let digits = name.bytes().all(|b| b.is_ascii_digit());
            origins.insert(if digits { "a constant".to_owned() } else { name.to_owned() });
            return;
        }
        let Some(definition) = self.function.definitions.get(pointer) else {
            let number = pointer.strip_prefix('%').and_then(|number| number.parse().ok());
            if let Some(number) = number.filter(|_| !self.is_nest) {
                let param = self.signature.params.get::<usize>(number);
                let name = param.map_or("what a tile is given", |param| &param.name);
                origins.insert(name.to_owned());
                return;
            }
            let known = pointer.starts_with('%');
            origins.insert(if known { "the frame" } else { "a constant address" }.to_owned());
            return;
        };
        let operands = |text: &str| -> Vec<String> {
            let parts = text.split(" ptr ").skip(1);
            parts.map(|part| end_of_operand(part).to_owned()).collect()
        };
        match definition.split(' ').next().unwrap_or_default() {
            "getelementptr" => self.collect(&operands(definition)[0], seen, origins),
            "select" => operands(definition).iter().for_each(|p| self.collect(p, seen, origins)),
            "phi" => {
                let incoming = definition.split("[ ").skip(1);
                incoming.for_each(|part| self.collect(end_of_operand(part), seen, origins));
            }
            "alloca" => {
                origins.insert("a local array".to_owned());
            }
            "load" => {
                let word = operands(definition).pop().and_then(|from| self.frame_word(&from));
                origins.insert(match word {
                    Some(word) if word == self.fixed => "the result".to_owned(),
                    Some(word) => self.signature.params[word].name.clone(),
                    None => "a pointer in memory".to_owned(),
                });
            }
            other => {
                let other = if ["call", "tail"].contains(&other) { "a call" } else { other };
                origins.insert(other.to_owned());
            }
        };
    }

    /// Which word of the frame an address is, if it is one.
    fn frame_word(&self, address: &str) -> Option<usize> {
        if address == "%0" {
            return Some(0);
        }
        let definition = self.function.definitions.get(address)?;
        let offset = definition.strip_prefix("getelementptr")?.split("ptr %0, i64 ").nth(1)?;
        Some(end_of_operand(offset).parse::<usize>().ok()? / 8)
    }
}
