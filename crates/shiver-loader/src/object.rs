//! Reads an ELF object into what the loader needs of it, and checks everything that is read.
//!
//! After [`Object::parse`] every section's bytes lie inside the input, every symbol points into its section, and every
//! alignment is a power of two, so that [`crate::layout`] and [`crate::relocate`] can index without doubt. Relocations
//! are left in place, as tables; their offsets and symbol numbers are checked where they are used.

use object::elf;
use object::endian::LittleEndian as Little;
use object::read::elf::{FileHeader, SectionHeader, Sym};
use object::read::{SectionIndex, SymbolIndex};

use crate::error::LoadError;
use crate::x86_64 as machine;

type Header = elf::FileHeader64<Little>;

/// Larger alignments than this are taken for damage.
const MAX_ALIGN: u64 = 1 << 30;

/// What a section's memory may be used for; sections with equal rights share pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Executed and read.
    Code,
    /// Read.
    Constants,
    /// Read and written.
    Data,
}

/// A section that takes up memory when the object is loaded.
#[derive(Debug)]
pub(crate) struct Section<'data> {
    pub(crate) name: &'data [u8],
    pub(crate) access: Access,
    pub(crate) align: usize,
    /// The bytes in memory; those beyond `bytes` are zero.
    pub(crate) size: usize,
    /// The bytes in the object: `size` of them, or none.
    pub(crate) bytes: &'data [u8],
    /// Whether and when the addresses in it are called once the object is loaded.
    pub(crate) constructors: Option<Constructors>,
}

/// The order of a section of constructors among all; smaller runs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Constructors {
    /// GCC's and clang's `init_priority`; sections without a number come last.
    pub(crate) priority: u32,
    /// `.ctors` sections are run from their end.
    pub(crate) backwards: bool,
}

/// Where a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Not in this object.
    Elsewhere {
        /// May stay undefined, and is null then.
        weak: bool,
    },
    /// In the loaded section of this number, `offset` bytes (at most the section's size) from its start.
    Section { index: usize, offset: usize },
    /// At a fixed address; a number rather than a place.
    Absolute(u64),
    /// In memory of zeros that the loader is to find.
    Common { size: usize, align: usize },
    /// In thread-local storage.
    ThreadLocal,
    /// In a section that is not loaded, such as debug information.
    NotLoaded,
}

/// One entry of the symbol table.
#[derive(Debug)]
pub(crate) struct Symbol<'data> {
    pub(crate) name: &'data str,
    pub(crate) local: bool,
    /// Names a place that a user of the object may ask for (rather than a section or a source file).
    pub(crate) named: bool,
    pub(crate) place: Place,
}

/// One field to be filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relocation {
    pub(crate) offset: u64,
    pub(crate) symbol: usize,
    pub(crate) kind: u32,
    pub(crate) addend: i64,
}

/// The relocations of one loaded section.
#[derive(Debug)]
pub(crate) struct Relocations<'data> {
    /// The number of the section whose bytes they change.
    pub(crate) section: usize,
    entries: &'data [elf::Rela64<Little>],
}

impl Relocations<'_> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = Relocation> {
        self.entries.iter().map(|entry| Relocation {
            offset: entry.r_offset.get(Little),
            symbol: entry.r_sym(Little, false) as usize,
            kind: entry.r_type(Little, false).0,
            addend: entry.r_addend.get(Little),
        })
    }
}

/// An object, read and checked.
#[derive(Debug)]
pub(crate) struct Object<'data> {
    /// By section number; `None` for those that take no memory.
    pub(crate) sections: Vec<Option<Section<'data>>>,
    /// By symbol number.
    pub(crate) symbols: Vec<Symbol<'data>>,
    pub(crate) relocations: Vec<Relocations<'data>>,
}

impl<'data> Object<'data> {
    /// Reads an object.
    pub(crate) fn parse(data: &'data [u8]) -> Result<Object<'data>, LoadError> {
        let header = header(data)?;
        let table = header.sections(Little, data)?;
        let mut sections = Vec::with_capacity(table.len());
        for section in table.iter() {
            let name = table.section_name(Little, section)?;
            sections.push(read_section(data, section, name)?);
        }

        let symbol_table = table.symbols(Little, data, elf::SHT_SYMTAB)?;
        let mut symbols = Vec::with_capacity(symbol_table.len());
        for (index, symbol) in symbol_table.enumerate() {
            let section = symbol_table.symbol_section(Little, symbol, index)?;
            let name = symbol_table.symbol_name(Little, symbol)?;
            symbols.push(read_symbol(symbol, index, name, section, &sections)?);
        }

        let mut relocations = Vec::new();
        for section in table.iter() {
            let kind = section.sh_type(Little);
            if !matches!(kind, elf::SHT_REL | elf::SHT_RELA | elf::SHT_CREL) {
                continue;
            }
            let target = section.sh_info(Little) as usize;
            let Some(Some(patched)) = sections.get(target) else {
                continue;
            };
            let Some((entries, link)) = section.rela(Little, data)? else {
                let feature = format!(
                    "relocations in another form than RELA for {}",
                    patched.name.escape_ascii()
                );
                return Err(LoadError::Unsupported { feature });
            };
            if entries.is_empty() {
                continue;
            }
            if link != symbol_table.section() {
                return Err(LoadError::malformed("relocations that use another symbol table"));
            }
            if patched.bytes.is_empty() {
                return Err(LoadError::malformed("relocations of a section without contents"));
            }
            relocations.push(Relocations { section: target, entries });
        }
        Ok(Object { sections, symbols, relocations })
    }
}

/// The file's header, once it is known to be that of a relocatable object for this processor.
fn header(data: &[u8]) -> Result<&Header, LoadError> {
    let header = Header::parse(data)?;
    if !header.is_little_endian() {
        return Err(LoadError::malformed("not little-endian"));
    }
    let machine = header.e_machine(Little).0;
    if machine != machine::ELF_MACHINE || !machine::IS_HOST {
        return Err(LoadError::UnsupportedMachine { machine });
    }
    if header.e_type(Little) != elf::ET_REL {
        return Err(LoadError::malformed("not a relocatable object"));
    }
    Ok(header)
}

/// The section as it is to be loaded, or `None` if it takes no memory.
fn read_section<'data>(
    data: &'data [u8],
    section: &elf::SectionHeader64<Little>,
    name: &'data [u8],
) -> Result<Option<Section<'data>>, LoadError> {
    let flags = section.sh_flags(Little);
    let kind = section.sh_type(Little);
    let has = |flag: elf::SectionFlags| flags.0 & flag.0 != 0;
    // Notes are for the linker. Thread-local sections are templates: a symbol in one is refused where it is used.
    if !has(elf::SHF_ALLOC)
        || has(elf::SHF_TLS)
        || kind == elf::SHT_NOTE
        || is_unwinding(kind, name)
    {
        return Ok(None);
    }
    let described = || name.escape_ascii();
    if has(elf::SHF_COMPRESSED) {
        return Err(LoadError::Unsupported {
            feature: format!("the compressed section {}", described()),
        });
    }
    let align = section.sh_addralign(Little).max(1);
    if !align.is_power_of_two() || align > MAX_ALIGN {
        return Err(LoadError::malformed(format!("{} is aligned to {align}", described())));
    }
    let bytes = section.data(Little, data)?;
    let size = match kind {
        elf::SHT_NOBITS => section.sh_size(Little),
        _ => bytes.len() as u64,
    };
    let size = usize::try_from(size).ok().filter(|&size| size <= isize::MAX as usize);
    let size =
        size.ok_or_else(|| LoadError::malformed(format!("{} is larger than memory", described())))?;
    let constructors = constructors(kind, name)?;
    let access = if has(elf::SHF_EXECINSTR) {
        if has(elf::SHF_WRITE) {
            let feature = format!("the section {}, both writable and executable", described());
            return Err(LoadError::Unsupported { feature });
        }
        if bytes.len() != size {
            return Err(LoadError::malformed(format!(
                "the code section {} has no contents",
                described()
            )));
        }
        Access::Code
    } else if !has(elf::SHF_WRITE) || constructors.is_some() || name.starts_with(b".data.rel.ro") {
        // The last two are written while they are relocated and never again.
        Access::Constants
    } else {
        Access::Data
    };
    Ok(Some(Section { name, access, align: align as usize, size, bytes, constructors }))
}

/// Whether a section holds unwinding tables, which are not loaded.
///
/// Registering them (`__register_frame`) would let a backtrace go through compiled code. It was tried and left out,
/// because the host pays for it, and it does not owe us anything:
///
/// * libgcc searches what is registered before anything else, for every frame of every C++ exception in the process. A
///   throw through ten frames takes 2.3 µs; with 1,000 objects registered 42 µs, with 10,000 of them 331 µs (GCC 12's
///   libgcc, 2026-11-23). GCC 13 and later search a tree; a process gets whichever libgcc came first.
/// * The list is under a lock that `fork` does not know: a child forked while another thread registers an object waits
///   for ever at its own first load.
/// * Registering and removing an object takes 1.6 to 8 µs, as much again as loading it.
/// * libgcc reads the tables without checks, so damaged ones would have to be found here first.
///
/// And nothing needs them: compiled bodies throw no exceptions, and none may pass through them. A backtrace that starts
/// below a body ends there. What would change this: a debugger's interface (GDB's `__jit_debug_register_code`) is made
/// for the purpose and costs nothing while no debugger looks.
fn is_unwinding(kind: elf::SectionType, name: &[u8]) -> bool {
    kind == machine::UNWIND_SECTION || name == b".eh_frame"
}

/// Whether a section lists constructors, and when they run.
fn constructors(kind: elf::SectionType, name: &[u8]) -> Result<Option<Constructors>, LoadError> {
    /// The priority of constructors that ask for none.
    const DEFAULT: u32 = 65535;
    let number = |prefix: &[u8]| -> Option<Option<u32>> {
        let rest = name.strip_prefix(prefix)?;
        if rest.is_empty() {
            return Some(None);
        }
        let digits = std::str::from_utf8(rest.strip_prefix(b".")?).ok()?;
        Some(digits.parse().ok())
    };
    if kind == elf::SHT_PREINIT_ARRAY {
        return Err(LoadError::Unsupported {
            feature: "a .preinit_array outside a program".into(),
        });
    }
    if let Some(priority) = number(b".init_array") {
        return Ok(Some(Constructors { priority: priority.unwrap_or(DEFAULT), backwards: false }));
    }
    // `.ctors` counts the other way: the linker sorts it by name and the start-up code runs it from the end.
    if let Some(priority) = number(b".ctors") {
        let priority = priority.map_or(DEFAULT, |number| DEFAULT.saturating_sub(number));
        return Ok(Some(Constructors { priority, backwards: true }));
    }
    if kind == elf::SHT_INIT_ARRAY {
        return Ok(Some(Constructors { priority: DEFAULT, backwards: false }));
    }
    Ok(None)
}

/// The symbol, its place checked against the sections.
fn read_symbol<'data>(
    symbol: &elf::Sym64<Little>,
    index: SymbolIndex,
    name: &'data [u8],
    section: Option<SectionIndex>,
    sections: &[Option<Section<'data>>],
) -> Result<Symbol<'data>, LoadError> {
    let kind = symbol.st_type();
    let shndx = symbol.st_shndx(Little);
    let value = symbol.st_value(Little);
    let mut name = std::str::from_utf8(name)
        .map_err(|_| LoadError::malformed("a symbol's name is not UTF-8"))?;
    let place = if kind == elf::STT_TLS {
        Place::ThreadLocal
    } else if shndx == elf::SHN_COMMON {
        // For these, ELF keeps the alignment in the value.
        let align = value.max(1);
        let size = usize::try_from(symbol.st_size(Little))
            .ok()
            .filter(|&size| size <= isize::MAX as usize);
        match size {
            Some(size) if align.is_power_of_two() && align <= MAX_ALIGN => {
                Place::Common { size, align: align as usize }
            }
            _ => {
                return Err(LoadError::malformed(format!(
                    "the common symbol `{name}` has no sensible size"
                )));
            }
        }
    } else if shndx == elf::SHN_ABS {
        Place::Absolute(value)
    } else if let Some(SectionIndex(index)) = section {
        match sections.get(index) {
            None => {
                return Err(LoadError::malformed(format!(
                    "`{name}` is in a section that does not exist"
                )));
            }
            Some(None) => Place::NotLoaded,
            Some(Some(section)) => {
                let offset = usize::try_from(value).ok().filter(|&offset| offset <= section.size);
                let offset = offset.ok_or_else(|| {
                    LoadError::malformed(format!("`{name}` lies outside its section"))
                })?;
                if kind == elf::STT_SECTION && name.is_empty() {
                    name = std::str::from_utf8(section.name).unwrap_or_default();
                }
                Place::Section { index, offset }
            }
        }
    } else if shndx == elf::SHN_UNDEF {
        // Entry 0 is the null symbol, which relocations without a symbol use: it counts as the address 0.
        if index == SymbolIndex(0) {
            Place::Absolute(0)
        } else {
            Place::Elsewhere { weak: symbol.is_weak() }
        }
    } else {
        let feature = format!("the symbol `{name}` in the reserved section {:#x}", shndx.0);
        return Err(LoadError::Unsupported { feature });
    };
    if kind == elf::STT_GNU_IFUNC && !matches!(place, Place::Elsewhere { .. }) {
        return Err(LoadError::Unsupported {
            feature: format!("`{name}`, an indirect function (ifunc)"),
        });
    }
    let named = !matches!(kind, elf::STT_SECTION | elf::STT_FILE) && !name.is_empty();
    Ok(Symbol { name, local: symbol.is_local(), named, place })
}
