//! Decides where everything goes: sections by what their memory may be used for, and beside them what the loader adds.
//!
//! ```text
//! offset 0            code.end            constants.end              size
//! │ code │ jump stubs │ address table │ constants │ data │ bss │ common │
//! └── execute, read ──┴───── read ────────────────┴──── read, write ────┘
//! ```
//!
//! Each of the three parts begins on a page; inside, sections follow one another at their own alignment. So a small
//! object takes one page a part, and the three parts are near each other, as 32-bit displacements between them need.
//!
//! The *address table* (ELF's GOT) holds one word for each symbol whose address the code loads from memory or that may
//! be too far away to be called directly; a *stub* is a jump through that word.

use std::ops::Range;

use crate::error::LoadError;
use crate::memory::page_size;
use crate::object::{Access, Object, Place};
use crate::x86_64 as machine;

/// What the relocations want beside a symbol's address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    /// A word in the address table.
    pub(crate) slot: bool,
    /// A stub, and with it the word that it jumps through.
    pub(crate) stub: bool,
}

/// Byte offsets into the mapping.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Of each loaded section, by section number; 0 for the others.
    pub(crate) sections: Vec<usize>,
    /// Of each common symbol, by symbol number; 0 for the others.
    pub(crate) common: Vec<usize>,
    /// Of each symbol's word in the address table, by symbol number.
    pub(crate) slots: Vec<Option<usize>>,
    /// Of each symbol's stub, by symbol number.
    pub(crate) stubs: Vec<Option<usize>>,
    /// The address table.
    pub(crate) table: usize,
    /// Whole pages of code and stubs.
    pub(crate) code: Range<usize>,
    /// Whole pages of constants and addresses.
    pub(crate) constants: Range<usize>,
    /// Whole pages in all, at least one.
    pub(crate) size: usize,
    /// The alignment of the whole.
    pub(crate) align: usize,
}

impl Layout {
    /// Places `object`, whose symbols need what `needs` says, by symbol number.
    pub(crate) fn new(object: &Object<'_>, needs: &[Needs]) -> Result<Layout, LoadError> {
        let page = page_size();
        let mut cursor = Cursor { offset: 0, align: page };
        let mut sections = vec![0; object.sections.len()];
        let mut place_sections = |cursor: &mut Cursor, access| {
            for (section, offset) in object.sections.iter().zip(&mut sections) {
                if let Some(section) = section
                    && section.access == access
                {
                    *offset = cursor.take(section.size, section.align)?;
                }
            }
            Ok::<_, LoadError>(())
        };

        place_sections(&mut cursor, Access::Code)?;
        let mut stubs = vec![None; needs.len()];
        for (stub, _) in stubs.iter_mut().zip(needs).filter(|(_, needs)| needs.stub) {
            *stub = Some(cursor.take(machine::STUB_SIZE, machine::STUB_ALIGN)?);
        }
        let code = 0..cursor.take(0, page)?;

        let table = cursor.take(0, size_of::<u64>())?;
        let mut slots = vec![None; needs.len()];
        for (slot, _) in slots.iter_mut().zip(needs).filter(|(_, needs)| needs.slot || needs.stub) {
            *slot = Some(cursor.take(size_of::<u64>(), size_of::<u64>())?);
        }
        place_sections(&mut cursor, Access::Constants)?;
        let constants = code.end..cursor.take(0, page)?;

        place_sections(&mut cursor, Access::Data)?;
        let mut common = vec![0; object.symbols.len()];
        for (symbol, offset) in object.symbols.iter().zip(&mut common) {
            if let Place::Common { size, align } = symbol.place {
                *offset = cursor.take(size, align)?;
            }
        }
        let size = cursor.take(0, page)?.max(page);
        let align = cursor.align;
        Ok(Layout { sections, common, slots, stubs, table, code, constants, size, align })
    }
}

/// The end of what is placed so far.
struct Cursor {
    offset: usize,
    /// The largest alignment that was asked for.
    align: usize,
}

impl Cursor {
    /// Places `size` bytes at the next multiple of `align`, a power of two.
    fn take(&mut self, size: usize, align: usize) -> Result<usize, LoadError> {
        let start = self.offset.checked_next_multiple_of(align);
        let end = start
            .and_then(|start| start.checked_add(size))
            .filter(|&end| end <= isize::MAX as usize);
        let (Some(start), Some(end)) = (start, end) else {
            return Err(LoadError::malformed("the sections are larger than memory"));
        };
        self.offset = end;
        self.align = self.align.max(align);
        Ok(start)
    }
}
