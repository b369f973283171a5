//! All that is particular to x86-64: its relocations and its jump stub.
//!
//! Another processor is another file with the same items; nothing else in the crate looks at machine code. The names
//! `S`, `A`, `P`, `G`, `GOT`, `L` are those of the System V ABI for AMD64, table 4.9.

use object::elf::{self, RelocationType};

use crate::layout::Needs;

/// ELF's number of this processor.
pub(crate) const ELF_MACHINE: u16 = elf::EM_X86_64.0;

/// Whether this process runs on it.
pub(crate) const IS_HOST: bool = cfg!(target_arch = "x86_64");

/// The type of a section with unwinding tables, which clang uses and GCC does not.
pub(crate) const UNWIND_SECTION: elf::SectionType = elf::SHT_X86_64_UNWIND;

/// The bytes of a stub.
pub(crate) const STUB_SIZE: usize = 8;

/// Where stubs may begin: two in a line of 16 bytes, none across lines.
pub(crate) const STUB_ALIGN: usize = 8;

/// What fills the gaps between functions: `int3`, so that a wild jump stops.
pub(crate) const TRAP: u8 = 0xcc;

/// A jump to the address in the word at `slot`, for the address `stub`: `jmp *slot(%rip)`. `None` if it is too far.
pub(crate) fn stub(stub: u64, slot: u64) -> Option<[u8; STUB_SIZE]> {
    /// The length of the jump; its displacement counts from its end.
    const LENGTH: u64 = 6;
    let displacement =
        i32::try_from(slot.wrapping_sub(stub.wrapping_add(LENGTH)).cast_signed()).ok()?;
    let [a, b, c, d] = displacement.to_le_bytes();
    Some([0xff, 0x25, a, b, c, d, TRAP, TRAP])
}

/// A relocation's formula, and the form of the field that takes its result.
#[derive(Clone, Copy, Debug)]
struct Rule {
    name: &'static str,
    value: Value,
    field: Field,
}

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// Nothing: the relocation only keeps a symbol alive.
    Nothing,
    /// S + A
    Address,
    /// S + A − P; if that is too far and the instruction is a call or jump, L + A − P.
    Relative,
    /// S + A − P, or L + A − P if that is too far: the compiler promises that only a call depends on it.
    Call,
    /// G + GOT + A − P
    SlotRelative,
    /// G + A
    SlotOffset,
    /// GOT + A − P
    TableRelative,
    /// S + A − GOT
    TableOffset,
    /// L + A − GOT
    CallOffset,
}

/// How many bytes take the result, and which results fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Unsigned32,
    Signed32,
    Word64,
}

impl Field {
    fn size(self) -> usize {
        match self {
            Field::Unsigned32 | Field::Signed32 => 4,
            Field::Word64 => 8,
        }
    }

    fn fits(self, value: u64) -> bool {
        match self {
            Field::Unsigned32 => u32::try_from(value).is_ok(),
            Field::Signed32 => i32::try_from(value.cast_signed()).is_ok(),
            Field::Word64 => true,
        }
    }
}

/// The rule of a relocation, or `None` for one that this loader does not know.
fn rule(kind: u32) -> Option<Rule> {
    let rule = |name, value, field| Some(Rule { name, value, field });
    match RelocationType(kind) {
        elf::R_X86_64_NONE => rule("R_X86_64_NONE", Value::Nothing, Field::Word64),
        elf::R_X86_64_64 => rule("R_X86_64_64", Value::Address, Field::Word64),
        elf::R_X86_64_32 => rule("R_X86_64_32", Value::Address, Field::Unsigned32),
        elf::R_X86_64_32S => rule("R_X86_64_32S", Value::Address, Field::Signed32),
        elf::R_X86_64_PC32 => rule("R_X86_64_PC32", Value::Relative, Field::Signed32),
        elf::R_X86_64_PC64 => rule("R_X86_64_PC64", Value::Relative, Field::Word64),
        elf::R_X86_64_PLT32 => rule("R_X86_64_PLT32", Value::Call, Field::Signed32),
        elf::R_X86_64_GOTPCREL => rule("R_X86_64_GOTPCREL", Value::SlotRelative, Field::Signed32),
        // The relaxable forms say that the instruction may be rewritten to do without the table. The loads that this
        // would save are hoisted out of loops, so they are treated as the plain form. The last three are those of
        // the instructions with the prefixes of APX.
        elf::R_X86_64_GOTPCRELX => rule("R_X86_64_GOTPCRELX", Value::SlotRelative, Field::Signed32),
        elf::R_X86_64_REX_GOTPCRELX => {
            rule("R_X86_64_REX_GOTPCRELX", Value::SlotRelative, Field::Signed32)
        }
        elf::R_X86_64_CODE_4_GOTPCRELX => {
            rule("R_X86_64_CODE_4_GOTPCRELX", Value::SlotRelative, Field::Signed32)
        }
        elf::R_X86_64_CODE_5_GOTPCRELX => {
            rule("R_X86_64_CODE_5_GOTPCRELX", Value::SlotRelative, Field::Signed32)
        }
        elf::R_X86_64_CODE_6_GOTPCRELX => {
            rule("R_X86_64_CODE_6_GOTPCRELX", Value::SlotRelative, Field::Signed32)
        }
        elf::R_X86_64_GOTPCREL64 => rule("R_X86_64_GOTPCREL64", Value::SlotRelative, Field::Word64),
        elf::R_X86_64_GOT32 => rule("R_X86_64_GOT32", Value::SlotOffset, Field::Signed32),
        elf::R_X86_64_GOT64 => rule("R_X86_64_GOT64", Value::SlotOffset, Field::Word64),
        elf::R_X86_64_GOTPC32 => rule("R_X86_64_GOTPC32", Value::TableRelative, Field::Signed32),
        elf::R_X86_64_GOTPC64 => rule("R_X86_64_GOTPC64", Value::TableRelative, Field::Word64),
        elf::R_X86_64_GOTOFF64 => rule("R_X86_64_GOTOFF64", Value::TableOffset, Field::Word64),
        elf::R_X86_64_PLTOFF64 => rule("R_X86_64_PLTOFF64", Value::CallOffset, Field::Word64),
        _ => None,
    }
}

/// The ABI's name of a relocation that [`rule`] leaves out, where a compiler may produce it, and what to do about it.
pub(crate) fn unsupported(kind: u32) -> (String, &'static str) {
    const THREAD_LOCAL: &str =
        "native thread-local storage is not supported, compile with -femulated-tls";
    let (name, hint) = match RelocationType(kind) {
        elf::R_X86_64_DTPMOD64 => ("R_X86_64_DTPMOD64", THREAD_LOCAL),
        elf::R_X86_64_DTPOFF64 => ("R_X86_64_DTPOFF64", THREAD_LOCAL),
        elf::R_X86_64_TPOFF64 => ("R_X86_64_TPOFF64", THREAD_LOCAL),
        elf::R_X86_64_TLSGD => ("R_X86_64_TLSGD", THREAD_LOCAL),
        elf::R_X86_64_TLSLD => ("R_X86_64_TLSLD", THREAD_LOCAL),
        elf::R_X86_64_DTPOFF32 => ("R_X86_64_DTPOFF32", THREAD_LOCAL),
        elf::R_X86_64_GOTTPOFF => ("R_X86_64_GOTTPOFF", THREAD_LOCAL),
        elf::R_X86_64_TPOFF32 => ("R_X86_64_TPOFF32", THREAD_LOCAL),
        elf::R_X86_64_GOTPC32_TLSDESC => ("R_X86_64_GOTPC32_TLSDESC", THREAD_LOCAL),
        elf::R_X86_64_TLSDESC_CALL => ("R_X86_64_TLSDESC_CALL", THREAD_LOCAL),
        elf::R_X86_64_CODE_4_GOTTPOFF => ("R_X86_64_CODE_4_GOTTPOFF", THREAD_LOCAL),
        elf::R_X86_64_CODE_4_GOTPC32_TLSDESC => ("R_X86_64_CODE_4_GOTPC32_TLSDESC", THREAD_LOCAL),
        elf::R_X86_64_CODE_6_GOTTPOFF => ("R_X86_64_CODE_6_GOTTPOFF", THREAD_LOCAL),
        elf::R_X86_64_16 => ("R_X86_64_16", ""),
        elf::R_X86_64_PC16 => ("R_X86_64_PC16", ""),
        elf::R_X86_64_8 => ("R_X86_64_8", ""),
        elf::R_X86_64_PC8 => ("R_X86_64_PC8", ""),
        elf::R_X86_64_SIZE32 => ("R_X86_64_SIZE32", ""),
        elf::R_X86_64_SIZE64 => ("R_X86_64_SIZE64", ""),
        _ => return (format!("number {kind}"), ""),
    };
    (name.to_owned(), hint)
}

/// What a relocation needs beside its symbol's address; `None` for a relocation that is not known.
///
/// `code` are the bytes before the field where the section is code, else empty; `external` says that the symbol is not
/// in this object, and so may be out of reach.
pub(crate) fn needs(kind: u32, code: &[u8], external: bool) -> Option<Needs> {
    let rule = rule(kind)?;
    Some(match rule.value {
        Value::SlotRelative | Value::SlotOffset => Needs { slot: true, stub: false },
        Value::Call => Needs { slot: false, stub: external },
        Value::Relative if rule.field == Field::Signed32 => {
            Needs { slot: false, stub: external && is_branch(code) }
        }
        // A large code model adds L − GOT to the table's address and calls that: within 64 bits, S does as well as L.
        Value::CallOffset | Value::Nothing | Value::Address | Value::Relative => Needs::default(),
        Value::TableRelative | Value::TableOffset => Needs::default(),
    })
}

/// Whether the code right before a 32-bit displacement makes it that of a call, a jump or a conditional jump.
///
/// It cannot be mistaken for a reference to data: there the byte before the displacement is the ModRM byte of an
/// operand relative to the instruction pointer, whose bits are `00 reg 101` and so less than 0x40, where these opcodes
/// are 0xe8, 0xe9 and 0x0f 0x80 to 0x0f 0x8f.
fn is_branch(code: &[u8]) -> bool {
    matches!(code, [.., 0xe8 | 0xe9] | [.., 0x0f, 0x80..=0x8f])
}

/// The addresses that a relocation may refer to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// S, the symbol's address.
    pub(crate) address: u64,
    /// GOT + G, the address of its word in the address table.
    pub(crate) slot: Option<u64>,
    /// L, the address of its stub.
    pub(crate) stub: Option<u64>,
    /// GOT, the address table.
    pub(crate) table: u64,
}

/// Why a relocation could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not known.
    Unknown,
    /// Its field is not inside the section.
    Outside,
    /// Its result does not fit.
    OutOfReach { relocation: &'static str, value: i64 },
}

/// Carries out a relocation of the field at `offset` in `section`, whose first byte will run at the address `base`.
/// `is_code` says that the section holds instructions.
pub(crate) fn relocate(
    section: &mut [u8],
    base: u64,
    is_code: bool,
    offset: u64,
    kind: u32,
    target: Target,
    addend: i64,
) -> Result<(), Fault> {
    let Rule { name, value, field } = rule(kind).ok_or(Fault::Unknown)?;
    let start = usize::try_from(offset).map_err(|_| Fault::Outside)?;
    if value == Value::Nothing {
        return Ok(());
    }
    let end = start
        .checked_add(field.size())
        .filter(|&end| end <= section.len())
        .ok_or(Fault::Outside)?;
    // Addresses are numbers modulo 2^64, as in the ABI; whether a result fits is asked once, at the end.
    let place = base.wrapping_add(offset);
    let plus = |address: u64| address.wrapping_add_signed(addend);
    let through_stub = |direct: u64| match target.stub {
        Some(stub) if !field.fits(direct) => plus(stub).wrapping_sub(place),
        _ => direct,
    };
    let direct = plus(target.address).wrapping_sub(place);
    let result = match value {
        Value::Nothing => return Ok(()),
        Value::Address => plus(target.address),
        Value::Relative if is_code && is_branch(&section[..start]) => through_stub(direct),
        Value::Relative => direct,
        Value::Call => through_stub(direct),
        Value::SlotRelative => plus(target.slot.ok_or(Fault::Unknown)?).wrapping_sub(place),
        Value::SlotOffset => plus(target.slot.ok_or(Fault::Unknown)?).wrapping_sub(target.table),
        Value::TableRelative => plus(target.table).wrapping_sub(place),
        Value::TableOffset | Value::CallOffset => plus(target.address).wrapping_sub(target.table),
    };
    if !field.fits(result) {
        return Err(Fault::OutOfReach { relocation: name, value: result.cast_signed() });
    }
    section[start..end].copy_from_slice(&result.to_le_bytes()[..field.size()]);
    Ok(())
}
