//! A loaded nest: where its functions are, and what its object tells of it.

use std::ffi::CStr;
use std::num::NonZero;
use std::sync::Arc;

use shiver_codegen::shape::{CLOSE_SYMBOL, COMBINE_SYMBOL, JOIN_SYMBOL, OPEN_SYMBOL};
use shiver_codegen::{
    BRIEF_SYMBOL, NEST_SYMBOL, STREAMS_SYMBOL, Streams, TILE_SYMBOL, WORTH_SYMBOL, Worth,
};
use shiver_loader::Code;
use shiver_queue::{Cost, Quantum, Space};

use crate::module::State;

/// A loaded nest. Its addresses are valid for as long as it is held.
#[derive(Clone)]
pub(crate) struct Nest {
    run: usize,
    /// Of a reduction.
    folding: Option<Folding>,
    /// What the nest runs together, where it does.
    quantum: Option<Quantum>,
    /// For which spaces that is worth it.
    worth: Option<Worth>,
    /// Whether each iteration is over soon.
    brief: bool,
    /// What a nest that streams tells of its accesses.
    streams: Option<Arc<Streams>>,
    /// Whether it may report a failure.
    fails: bool,
    /// What an iteration took in the loops so far.
    cost: Arc<Cost>,
    #[expect(dead_code, reason = "held so that the code stays mapped")]
    code: Code,
    #[expect(dead_code, reason = "held so that the variables of its module stay mapped")]
    combine_state: State,
}

/// The frame, the bounds of a tile, and memory for the nest's own use: see [`shiver_codegen::shape`].
pub(crate) type RunTile = unsafe extern "C" fn(*const u64, *const u64, *const u64, *mut u64);

/// The functions of a reduction's object: see [`shiver_codegen::shape`]. The last two are there where
/// there are several lanes.
#[derive(Clone, Copy)]
pub(crate) struct Folding {
    /// The frame, the bounds of a part, and its lanes.
    pub(crate) run: unsafe extern "C" fn(*const u64, *const u64, *const u64, *mut u8),
    pub(crate) open: OnLanes,
    pub(crate) combine: OnTwo,
    pub(crate) join: Option<OnTwo>,
    pub(crate) close: Option<OnLanes>,
}

type OnLanes = unsafe extern "C" fn(*mut u8);

type OnTwo = unsafe extern "C" fn(*mut u8, *const u8);

impl Folding {
    fn of(code: &Code) -> Option<Folding> {
        let find = |name| code.address(name).map(std::ptr::with_exposed_provenance::<()>);
        // SAFETY: `shiver-codegen` builds functions of these types under these names.
        unsafe {
            use std::mem::transmute;
            Some(Folding {
                run: transmute::<*const (), unsafe extern "C" fn(_, _, _, _)>(find(NEST_SYMBOL)?),
                open: transmute::<*const (), OnLanes>(find(OPEN_SYMBOL)?),
                combine: transmute::<*const (), OnTwo>(find(COMBINE_SYMBOL)?),
                join: find(JOIN_SYMBOL).map(|f| transmute::<*const (), OnTwo>(f)),
                close: find(CLOSE_SYMBOL).map(|f| transmute::<*const (), OnLanes>(f)),
            })
        }
    }
}

impl Nest {
    /// Of loaded code, whose object `shiver-codegen` made. `combine_state` is held with it.
    pub(crate) fn of(code: Code, fails: bool, combine_state: State) -> Nest {
        Nest {
            fails,
            run: code.address(NEST_SYMBOL).expect("the code generator defines the nest"),
            folding: Folding::of(&code),
            quantum: code.address(TILE_SYMBOL).and_then(quantum_at),
            worth: code.address(WORTH_SYMBOL).map(worth_at),
            brief: code.address(BRIEF_SYMBOL).is_some(),
            streams: code.address(STREAMS_SYMBOL).and_then(|address| {
                // SAFETY: the code generator puts a text with a NUL there.
                let text = unsafe { CStr::from_ptr(std::ptr::with_exposed_provenance(address)) };
                text.to_str().ok()?.parse().ok().map(Arc::new)
            }),
            cost: Arc::default(),
            code,
            combine_state,
        }
    }

    /// What an iteration took in the loops so far, for the next one.
    pub(crate) fn cost(&self) -> &Cost {
        &self.cost
    }

    /// Whether it is the nest for a space, or one without tiles would be faster.
    pub(crate) fn pays(&self, space: &Space) -> bool {
        let Some(worth) = self.worth else { return true };
        match space.dims() {
            [.., rows, lanes] if space.iterations() > 0 => worth.pays(rows.len(), lanes.len()),
            _ => true,
        }
    }

    /// What the nest runs together, where it does.
    pub(crate) fn quantum(&self) -> Option<Quantum> {
        self.quantum
    }

    /// Whether each iteration is over soon.
    pub(crate) fn is_brief(&self) -> bool {
        self.brief
    }

    /// Whether it may report a failure.
    pub(crate) fn fails(&self) -> bool {
        self.fails
    }

    /// What a nest that streams tells of its accesses.
    pub(crate) fn streams(&self) -> Option<&Streams> {
        self.streams.as_deref()
    }

    /// The nest of a loop.
    pub(crate) fn run_tile(&self) -> RunTile {
        // SAFETY: for a shape without a reduction, `shiver-codegen` builds a function of this type.
        unsafe {
            std::mem::transmute::<*const (), RunTile>(std::ptr::with_exposed_provenance(self.run))
        }
    }

    /// The functions of a reduction's nest.
    pub(crate) fn folding(&self) -> &Folding {
        self.folding.as_ref().expect("asked of the nest of a reduction")
    }
}

/// What the constant of a nest says that runs tiles.
fn quantum_at(address: usize) -> Option<Quantum> {
    // SAFETY: `shiver-codegen` defines two words under that symbol, and the code that they came with
    // is held while they are read.
    let [rows, lanes] = unsafe { *std::ptr::with_exposed_provenance::<[u64; 2]>(address) };
    Some(Quantum { rows: NonZero::new(rows)?, lanes: NonZero::new(lanes)? })
}

/// What the constant of a nest says that runs tiles, of the spaces for which that is worth it.
fn worth_at(address: usize) -> Worth {
    // SAFETY: `shiver-codegen` defines so many words under that symbol, and the code that they came with
    // is held while they are read.
    Worth::of(unsafe { *std::ptr::with_exposed_provenance(address) })
}
