//! Turns a parsed object into published memory: finds its symbols, writes its sections, fills in every address.

use crate::error::LoadError;
use crate::layout::{Layout, Needs};
use crate::memory::{Draft, Mapping, page_size};
use crate::object::{Access, Object, Place, Relocation, Section};
use crate::symbols::Table;
use crate::x86_64 as machine;

/// The symbol that stands for the loader's own address table.
const TABLE: &str = "_GLOBAL_OFFSET_TABLE_";

/// An object in memory, ready to run; none of it has run.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) mapping: Mapping,
    pub(crate) symbols: Table,
    /// The addresses of the constructors, in the order in which they are to run. Each lies in the code.
    pub(crate) constructors: Vec<usize>,
}

/// Lays out, relocates and publishes an object, and runs nothing.
pub(crate) fn prepare(
    data: &[u8],
    resolve: &dyn Fn(&str) -> Option<usize>,
) -> Result<Loaded, LoadError> {
    let object = Object::parse(data)?;
    let wanted = wanted(&object)?;
    let layout = Layout::new(&object, &wanted.needs)?;
    let elsewhere = find(&object, &wanted.used, resolve)?;

    let mut draft = Draft::new(layout.size, layout.align)?;
    let base = draft.base();
    let address = |symbol: usize| match object.symbols[symbol].place {
        Place::Section { index, offset } => base + layout.sections[index] + offset,
        Place::Common { .. } => base + layout.common[symbol],
        Place::Absolute(value) => value as usize,
        Place::Elsewhere { .. } if object.symbols[symbol].name == TABLE => base + layout.table,
        // Symbols of these places that are used and have no address were refused in `wanted` and `find`.
        Place::Elsewhere { .. } | Place::ThreadLocal | Place::NotLoaded => elsewhere[symbol],
    };

    let bytes = draft.bytes();
    write_sections(&object, &layout, bytes);
    write_table(&layout, base, &address, bytes)?;
    for table in &object.relocations {
        let Some(section) = &object.sections[table.section] else {
            continue;
        };
        let start = layout.sections[table.section];
        let contents = &mut bytes[start..start + section.size];
        for relocation in table.iter() {
            let symbol = relocation.symbol;
            let target = machine::Target {
                address: address(symbol) as u64,
                slot: layout.slots[symbol].map(|offset| (base + offset) as u64),
                stub: layout.stubs[symbol].map(|offset| (base + offset) as u64),
                table: (base + layout.table) as u64,
            };
            machine::relocate(
                contents,
                (base + start) as u64,
                section.access == Access::Code,
                relocation.offset,
                relocation.kind,
                target,
                relocation.addend,
            )
            .map_err(|fault| explain(fault, &object, section, relocation))?;
        }
    }
    let constructors = constructors(&object, &layout, base, bytes)?;

    let mapping = draft.publish(&layout.code, &layout.constants)?;
    let named = object.symbols.iter().enumerate().filter(|(_, symbol)| {
        symbol.named && matches!(symbol.place, Place::Section { .. } | Place::Common { .. })
    });
    let symbols =
        Table::new(named.map(|(index, symbol)| (symbol.name, symbol.local, address(index))));
    Ok(Loaded { mapping, symbols, constructors })
}

/// What the relocations want, by symbol number.
struct Wanted {
    needs: Vec<Needs>,
    /// Which symbols are used at all.
    used: Vec<bool>,
}

/// Goes through all relocations once before anything has an address.
fn wanted(object: &Object<'_>) -> Result<Wanted, LoadError> {
    let mut needs = vec![Needs::default(); object.symbols.len()];
    let mut used = vec![false; object.symbols.len()];
    for table in &object.relocations {
        let Some(section) = &object.sections[table.section] else {
            continue;
        };
        for relocation in table.iter() {
            let Some(symbol) = object.symbols.get(relocation.symbol) else {
                return Err(LoadError::malformed(
                    "a relocation refers to a symbol that does not exist",
                ));
            };
            let before = match section.access {
                Access::Code => {
                    usize::try_from(relocation.offset).ok().and_then(|end| section.bytes.get(..end))
                }
                _ => None,
            };
            let external = matches!(symbol.place, Place::Elsewhere { .. } | Place::Absolute(_));
            let Some(more) = machine::needs(relocation.kind, before.unwrap_or_default(), external)
            else {
                return Err(explain(machine::Fault::Unknown, object, section, relocation));
            };
            match symbol.place {
                Place::NotLoaded => {
                    let reason = format!(
                        "`{}` is used, but its section is not one to be loaded",
                        symbol.name
                    );
                    return Err(LoadError::malformed(reason));
                }
                // The known relocations are those of ordinary symbols, so an object that uses one here is damaged.
                Place::ThreadLocal => {
                    return Err(LoadError::malformed(format!(
                        "`{}` is used as if not thread-local",
                        symbol.name
                    )));
                }
                _ => {}
            }
            let needs = &mut needs[relocation.symbol];
            needs.slot |= more.slot;
            needs.stub |= more.stub;
            used[relocation.symbol] = true;
        }
    }
    Ok(Wanted { needs, used })
}

/// The addresses of the symbols that are used and not in the object, by symbol number; 0 for all others and for weak
/// symbols that are nowhere.
fn find(
    object: &Object<'_>,
    used: &[bool],
    resolve: &dyn Fn(&str) -> Option<usize>,
) -> Result<Vec<usize>, LoadError> {
    let mut addresses = vec![0; object.symbols.len()];
    let mut undefined = Vec::new();
    for ((symbol, &used), address) in object.symbols.iter().zip(used).zip(&mut addresses) {
        let Place::Elsewhere { weak } = symbol.place else {
            continue;
        };
        if !used || symbol.name == TABLE {
            continue;
        }
        match resolve(symbol.name) {
            Some(found) => *address = found,
            None if weak => {}
            None => undefined.push(symbol.name.to_owned()),
        }
    }
    if undefined.is_empty() {
        return Ok(addresses);
    }
    undefined.sort_unstable();
    undefined.dedup();
    Err(LoadError::Undefined { symbols: undefined })
}

/// Copies the sections to their places. What is not copied is zero, and between functions a trap.
fn write_sections(object: &Object<'_>, layout: &Layout, bytes: &mut [u8]) {
    // The parts of a layout follow one another and so do a part's sections, code first.
    let mut end = layout.code.start;
    for access in [Access::Code, Access::Constants, Access::Data] {
        for (section, &start) in object.sections.iter().zip(&layout.sections) {
            let Some(section) = section.as_ref().filter(|section| section.access == access) else {
                continue;
            };
            if access == Access::Code {
                fill_gap(&mut bytes[end..start]);
                end = start + section.size;
            }
            bytes[start..start + section.bytes.len()].copy_from_slice(section.bytes);
        }
    }
    fill_gap(&mut bytes[end..layout.code.end]);
}

/// Makes a jump into a gap between functions stop. A gap of more than a page, which only an outlandish alignment can
/// make, keeps its zeros and so costs no memory.
fn fill_gap(gap: &mut [u8]) {
    if gap.len() < page_size() {
        gap.fill(machine::TRAP);
    }
}

/// Writes the address table and the stubs.
fn write_table(
    layout: &Layout,
    base: usize,
    address: &dyn Fn(usize) -> usize,
    bytes: &mut [u8],
) -> Result<(), LoadError> {
    for (symbol, (&slot, &stub)) in layout.slots.iter().zip(&layout.stubs).enumerate() {
        let Some(slot) = slot else { continue };
        bytes[slot..slot + size_of::<u64>()]
            .copy_from_slice(&(address(symbol) as u64).to_le_bytes());
        let Some(stub) = stub else { continue };
        let code = machine::stub((base + stub) as u64, (base + slot) as u64);
        let code = code.ok_or_else(|| LoadError::malformed("more than 2 GB of code"))?;
        bytes[stub..stub + code.len()].copy_from_slice(&code);
    }
    Ok(())
}

/// The addresses in the sections of constructors, in the order in which they run.
fn constructors(
    object: &Object<'_>,
    layout: &Layout,
    base: usize,
    bytes: &[u8],
) -> Result<Vec<usize>, LoadError> {
    let mut lists = Vec::new();
    for (section, &start) in object.sections.iter().zip(&layout.sections) {
        if let Some(section) = section
            && let Some(order) = section.constructors
        {
            lists.push((order, &bytes[start..start + section.size]));
        }
    }
    // Stable: lists of one priority run in the object's order.
    lists.sort_by_key(|(order, _)| order.priority);
    let mut addresses = Vec::new();
    for (order, list) in lists {
        let (words, rest) = list.as_chunks::<{ size_of::<u64>() }>();
        if !rest.is_empty() {
            return Err(LoadError::malformed(
                "a list of constructors ends in the middle of an address",
            ));
        }
        let from = addresses.len();
        for word in words {
            let address = usize::from_le_bytes(*word);
            // 0 and −1 are the marks at the ends of old lists.
            if address == 0 || address == usize::MAX {
                continue;
            }
            if !layout.code.contains(&address.wrapping_sub(base)) {
                return Err(LoadError::malformed("a constructor lies outside the code"));
            }
            addresses.push(address);
        }
        if order.backwards {
            addresses[from..].reverse();
        }
    }
    Ok(addresses)
}

/// The error for a relocation that could not be carried out.
fn explain(
    fault: machine::Fault,
    object: &Object<'_>,
    section: &Section<'_>,
    relocation: Relocation,
) -> LoadError {
    let symbol = object.symbols.get(relocation.symbol).map_or("", |symbol| symbol.name).to_owned();
    match fault {
        machine::Fault::Unknown => {
            let (relocation, hint) = machine::unsupported(relocation.kind);
            LoadError::UnsupportedRelocation { relocation, symbol, hint }
        }
        machine::Fault::Outside => LoadError::malformed(format!(
            "a relocation at {:#x} is outside {}",
            relocation.offset,
            section.name.escape_ascii()
        )),
        machine::Fault::OutOfReach { relocation, value } => {
            LoadError::OutOfReach { relocation, symbol, value }
        }
    }
}
