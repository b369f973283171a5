//! A function of textual IR as blocks, with its loops.

use std::collections::{BTreeSet, HashMap};

/// A function, as it is printed.
pub(crate) struct Function<'a> {
    pub(crate) blocks: Vec<Block<'a>>,
    /// The line that defines each value, by its name with the `%`.
    pub(crate) definitions: HashMap<&'a str, &'a str>,
}

pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) lines: Vec<&'a str>,
    next: Vec<usize>,
}

/// A natural loop.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) header: usize,
    pub(crate) blocks: BTreeSet<usize>,
}

impl<'a> Function<'a> {
    pub(crate) fn parse(ir: &'a str, name: &str) -> Function<'a> {
        let call = format!("@{name}(");
        let mut lines = ir.lines();
        let start = lines.find(|line| line.starts_with("define ") && line.contains(&call));
        start.unwrap_or_else(|| panic!("no {name} in\n{ir}"));
        let mut blocks: Vec<Block<'a>> = vec![];
        let mut definitions = HashMap::new();
        for line in lines.take_while(|&line| line != "}") {
            let text = line.trim_start();
            if text.is_empty() || text.starts_with(';') {
                continue;
            }
            let label = (!line.starts_with(' ')).then(|| line.split_once(':')).flatten();
            if let Some((label, _)) = label {
                blocks.push(Block { label: label.trim_matches('"'), lines: vec![], next: vec![] });
                continue;
            }
            if blocks.is_empty() {
                blocks.push(Block { label: "", lines: vec![], next: vec![] });
            }
            if let Some((value, definition)) = text.split_once(" = ") {
                definitions.insert(value, definition);
            }
            blocks.last_mut().expect("just pushed").lines.push(text);
        }
        let numbers: HashMap<_, _> = blocks.iter().enumerate().map(|(k, b)| (b.label, k)).collect();
        let targets = |block: &Block<'a>| -> Vec<usize> {
            let after = block.lines.iter().flat_map(|line| line.split("label %").skip(1));
            let end = |text: &'a str| {
                let end = text.find([',', ' ', '[']).unwrap_or(text.len());
                numbers[text[..end].trim_matches('"')]
            };
            after.map(end).collect()
        };
        let next: Vec<_> = blocks.iter().map(targets).collect();
        blocks.iter_mut().zip(next).for_each(|(block, next)| block.next = next);
        Function { blocks, definitions }
    }

    /// The loops, outer before inner, in the order of their headers.
    pub(crate) fn loops(&self) -> Vec<Loop> {
        let dominators = self.dominators();
        let mut loops: Vec<Loop> = vec![];
        for (block, b) in self.blocks.iter().enumerate() {
            for &header in b.next.iter().filter(|header| dominators[block].contains(header)) {
                let mut blocks = BTreeSet::from([header]);
                let mut rest = vec![block];
                while let Some(block) = rest.pop() {
                    if blocks.insert(block) {
                        let before = (0..self.blocks.len())
                            .filter(|&other| self.blocks[other].next.contains(&block));
                        rest.extend(before);
                    }
                }
                match loops.iter_mut().find(|l| l.header == header) {
                    Some(known) => known.blocks.extend(blocks),
                    None => loops.push(Loop { header, blocks }),
                }
            }
        }
        loops.sort_by_key(|l| (l.header, usize::MAX - l.blocks.len()));
        loops
    }

    /// The blocks that each block is only reached through.
    fn dominators(&self) -> Vec<BTreeSet<usize>> {
        let all: BTreeSet<_> = (0..self.blocks.len()).collect();
        let mut dominators = vec![all; self.blocks.len()];
        dominators[0] = BTreeSet::from([0]);
        loop {
            let mut changed = false;
            for block in 1..self.blocks.len() {
                let before =
                    (0..self.blocks.len()).filter(|&b| self.blocks[b].next.contains(&block));
                let mut common: Option<BTreeSet<usize>> = None;
                for b in before {
                    let set = &dominators[b];
                    common = Some(
                        common.map_or(set.clone(), |c| c.intersection(set).copied().collect()),
                    );
                }
                let mut common = common.unwrap_or_default();
                common.insert(block);
                changed |= common != dominators[block];
                dominators[block] = common;
            }
            if !changed {
                return dominators;
            }
        }
    }
}
