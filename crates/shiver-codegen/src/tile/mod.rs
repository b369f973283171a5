//! Tiles: several iterations of a nest in one walk through the body.
//!
//! The loops of a body, as that over `k` in a matrix product, are usually the same for all iterations,
//! and neighbouring iterations load the same. So where each of the last two indices leads through
//! memory in a way that is understood, a nest does not call its body for one iteration after the other:
//! it goes through the body's loops once for a *tile* of some rows, values of the last index but one,
//! and some vectors of lanes, values of the last. What rows or lanes have in common is then loaded once.
//!
//! That needs no proof that the body's loops may be interchanged with the nest's, nor that arrays do
//! not overlap: iterations may run in any order and at the same time, and so also in step, as long as
//! each of them keeps its own order.
//!
//! * `fitness`: whether a body can be run so, and whether that pays
//! * `inner`: what would become of the body's loops without tiles
//! * `variation`: how the body's values vary over a tile
//! * `widen`: the body for one tile; `access`: its loads and stores; `flow`: its branches
//! * `nest`: the loops over the tiles
//! * `intrinsic`: LLVM's own functions; `function`: those of C's mathematics

mod access;
mod fitness;
mod flow;
mod function;
mod inner;
pub(crate) mod intrinsic;
mod nest;
mod variation;
mod widen;

use llvm_sys::LLVMLinkage;
use llvm_sys::core::*;
use shiver_llvm::Cpu;
use shiver_signature::{Scalar, Signature, Type};

use crate::compile::set_cpu;
use crate::emit::Machine;
use crate::llvm::{Context, Module};
use crate::shape::{Shape, Tile, WORTH_SYMBOL};
use crate::{Error, contract, mathematics, optimize};

use fitness::{Extent, Fitness};
use nest::{Functions, Packed};
use widen::{Body, Role, Task};

/// Brings the body into the form in which it is judged and widened: loops tested at their end, what
/// does not change in them before them, short ones unrolled.
const CANONICAL: &str = "function<eager-inv>(simplifycfg,\
    loop-mssa(loop-rotate,licm<allowspeculation>),loop(indvars,loop-unroll-full),\
    sroa<modify-cfg>,instcombine<no-verify-fixpoint>,early-cse<memssa>,simplifycfg)";

/// What is left to do for a nest of tiles and the functions of its tiles. LLVM's own pipeline takes
/// several times as long, to unroll, unswitch and try to vectorise what is vectors already.
pub(crate) const OPTIMIZE: &str = "globaldce,function<eager-inv>(sroa<modify-cfg>,\
    early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(licm<allowspeculation>),\
    gvn,instcombine<no-verify-fixpoint>,simplifycfg),constmerge";

/// A module whose nest runs tiles.
pub(crate) struct Tiled<'c> {
    pub(crate) module: Module<'c>,
    pub(crate) tile: Tile,
}

/// Builds a nest of tiles around the body that `signature` tells of, in a module of its own, where that
/// can be done and pays. `module` stays as it is.
pub(crate) fn build<'c>(
    context: &'c Context,
    module: &Module<'c>,
    signature: &Signature,
    shape: Shape,
    cpu: &Cpu,
    machine: &Machine,
) -> Result<Option<Tiled<'c>>, Error> {
    let collects = |ty: &Type| match ty {
        Type::Void => true,
        Type::Scalar(scalar) => !scalar.is_complex(),
        _ => false,
    };
    let shaped = shape.tiles && shape.indices >= 2 && shape.unit_steps && shape.reduction.is_none();
    if !shaped || !collects(&signature.returns) || signature.adapter.is_some() {
        return Ok(None);
    }
    // SAFETY: functions are the module's own.
    if !unsafe { module.definitions().into_iter().any(|f| flow::goes_back(f)) } {
        return Ok(None);
    }
    let copy = module.duplicate();
    let Some(function) = copy.definition(&signature.symbol) else { return Ok(None) };
    set_cpu(context, &copy, cpu);
    // SAFETY: the functions are the copy's own, and the body is visible so long that it is not dropped.
    unsafe {
        LLVMSetLinkage(function, LLVMLinkage::LLVMExternalLinkage);
        optimize::run(&copy, optimize::INLINE, Some(machine))?;
        if !flow::goes_back(function) {
            return Ok(None);
        }
        mathematics::replace(context, &copy, cpu, machine)?;
        if !fitness::is_plain(function) {
            return Ok(None);
        }
        optimize::run(&copy, CANONICAL, Some(machine))?;
        contract::fuse(context, &copy, function);

        let params = LLVMCountParams(function);
        let (row, lane) = (params - 2, params - 1);
        let unsigned = signature.params[lane as usize].ty.as_scalar().and_then(Scalar::range);
        let unsigned = unsigned.is_some_and(|(least, _)| least == 0);
        let vectors = Vectors::of(cpu);
        let Some(Fitness { variations, width, extent, shared, worth }) =
            fitness::judge(function, &copy, vectors, row, lane, unsigned)
        else {
            return Ok(None);
        };
        let returns = &signature.returns;
        let packs = !shared.is_empty();
        let body =
            Body { context, module: &copy, function, returns, variations, row, width, shared };
        let Extent { rows, vectors, .. } = extent;
        let tiles = |rows, vectors, role| widen::widen(&body, Task { rows, vectors, role });
        let both = |vectors, role| {
            let tile = tiles(rows, vectors, role);
            [tile, if rows == 1 { tile } else { tiles(1, vectors, role) }]
        };
        let functions = Functions {
            whole: both(vectors, Role::Run),
            rest: both(1, Role::RunMasked),
            packed: packs.then(|| Packed {
                pack: tiles(1, vectors, Role::Pack),
                run: tiles(rows, vectors, Role::RunPacked),
            }),
        };
        nest::write(&body, signature, shape, &functions, extent);
        nest::tell(context, &copy, WORTH_SYMBOL, &worth.words());
        drop(body);
        LLVMDeleteFunction(function);
        Ok(Some(Tiled { module: copy, tile: extent.tile(width) }))
    }
}

/// The vectors of a CPU.
#[derive(Clone, Copy, Debug)]
struct Vectors {
    /// The size of one.
    bits: u32,
    /// How many the CPU holds.
    count: u32,
}

impl Vectors {
    fn of(cpu: &Cpu) -> Vectors {
        if crate::compile::is_wide(cpu) {
            Vectors { bits: 512, count: 32 }
        } else {
            Vectors { bits: 256, count: 16 }
        }
    }
}
