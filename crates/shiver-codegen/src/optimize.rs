//! LLVM's optimiser, driven by pipelines in its own notation.

use std::ffi::CString;
use std::ptr;

use llvm_sys::core::*;
use llvm_sys::error::{LLVMDisposeErrorMessage, LLVMGetErrorMessage};
use llvm_sys::transforms::pass_builder::*;
use llvm_sys::{LLVMFastMathAllowContract, LLVMFastMathAllowReassoc};

use crate::emit::Machine;
use crate::llvm::{self, Builder, Context, Module};
use crate::{Error, contract};

/// What brings the body into the nest and its local variables into registers, so that what is left
/// of memory accesses can be judged. Helpers are inlined too, and what they do is inferred. A parameter
/// that is `restrict` is one for LLVM's inliner only where accesses go through it and not through a
/// variable that holds it, so variables come to registers first. Without `no-verify-fixpoint`,
/// `instcombine` ends the process where one pass over a function was not enough.
pub(crate) const INLINE: &str = "function(sroa<modify-cfg>),always-inline,\
    cgscc(inline,function-attrs,function<eager-inv>(sroa<modify-cfg>,early-cse<memssa>,instcombine<no-verify-fixpoint>)),\
    globaldce";

/// What takes apart vectors of two floats. Such a vector is how a `float _Complex`, or any struct of two
/// floats, is passed by value; once the body has been inlined, it is two numbers like others, and LLVM's
/// vectoriser knows of no vectors of vectors.
pub(crate) const PAIRS: &str =
    "function(scalarizer<load-store>,instcombine<no-verify-fixpoint>,early-cse<memssa>)";

/// LLVM's own pipeline.
const FULL: &str = "default<O3>";

/// LLVM's own pipeline up to its vectoriser of loops, for arithmetic that may be regrouped or fused.
/// From there on a loop has two forms, vectors and its last iterations, and what regroups or fuses
/// arithmetic finds other things to do in one than in the other: an element's bits would tell where a
/// piece ended. This and what follows are what LLVM 22's `opt -passes='default<O3>'
/// -print-pipeline-passes` prints, in parts.
const REGROUPED: &str = "thinlto-pre-link<O3>,globalopt,globaldce,rpo-function-attrs,\
    recompute-globalsaa,function<eager-inv>(float2int,lower-constant-intrinsics,\
    loop(loop-rotate<header-duplication;no-prepare-for-lto>,loop-deletion),loop-distribute,\
    inject-tli-mappings)";

/// The vectoriser. It has to know which sums may be regrouped, and is the last to know.
const VECTORS: &str =
    "function(loop-vectorize<no-interleave-forced-only;no-vectorize-forced-only;>)";

/// The rest, without the vectoriser of straight code, which would regroup in its own way just where a
/// loop has no vectors.
const SETTLED: &str = "function<eager-inv>(\
    drop-unnecessary-assumes,infer-alignment,loop-load-elim,instcombine<no-verify-fixpoint>,\
    simplifycfg<forward-switch-cond;switch-range-to-icmp;switch-to-arithmetic;switch-to-lookup;\
    no-keep-loops;hoist-common-insts;sink-common-insts;speculate-blocks;simplify-cond-branch>,\
    vector-combine,instcombine<no-verify-fixpoint>,loop-unroll<O3>,transform-warning,\
    sroa<preserve-cfg>,infer-alignment,instcombine<no-verify-fixpoint>,\
    loop-mssa(licm<allowspeculation>),alignment-from-assumptions,loop-sink,instsimplify,\
    div-rem-pairs,tailcallelim,simplifycfg<switch-range-to-icmp;switch-to-arithmetic;\
    hoist-loads-stores-with-cond-faulting;speculate-blocks;simplify-cond-branch;\
    speculate-unpredictables>),globaldce,constmerge";

/// Optimises a module for `machine`.
pub(crate) fn optimize(
    context: &Context,
    module: &Module<'_>,
    machine: &Machine,
) -> Result<(), Error> {
    if !regroups(module) {
        return run(module, FULL, Some(machine));
    }
    run(module, REGROUPED, Some(machine))?;
    for function in module.definitions() {
        // SAFETY: the functions are the module's own.
        unsafe { contract::fuse(context, module, function) };
    }
    run(module, VECTORS, Some(machine))?;
    settle(context, module);
    run(module, SETTLED, Some(machine))
}

/// Runs a pipeline over a module.
pub(crate) fn run(
    module: &Module<'_>,
    pipeline: &str,
    machine: Option<&Machine>,
) -> Result<(), Error> {
    let pipeline = CString::new(pipeline).expect("a pipeline has no NUL");
    // SAFETY: module, machine (or null, which LLVM accepts) and options are valid; the error that
    // comes back is null or owned, and reading its message consumes it.
    unsafe {
        let options = LLVMCreatePassBuilderOptions();
        LLVMPassBuilderOptionsSetLoopInterleaving(options, 1);
        LLVMPassBuilderOptionsSetLoopVectorization(options, 1);
        LLVMPassBuilderOptionsSetSLPVectorization(options, 1);
        LLVMPassBuilderOptionsSetLoopUnrolling(options, 1);
        let raw_machine = machine.map_or(ptr::null_mut(), Machine::raw);
        let error = LLVMRunPasses(module.raw(), pipeline.as_ptr(), raw_machine, options);
        LLVMDisposePassBuilderOptions(options);
        if error.is_null() {
            return Ok(());
        }
        let text = LLVMGetErrorMessage(error);
        let message = std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned();
        LLVMDisposeErrorMessage(text);
        Err(Error::Backend { message })
    }
}

/// Keeps passes and the back end from regrouping and fusing sums and products once more. They do so by what stands
/// around them, and so in another way for the vectors of a loop than for its last iterations: in one,
/// the terms that are the same in all lanes were summed up before the loop (2026-11).
fn settle(context: &Context, module: &Module<'_>) {
    use llvm_sys::LLVMOpcode::{LLVMFAdd, LLVMFMul, LLVMFSub};
    let builder = Builder::new(context);
    // SAFETY: the functions are the module's own; flags are asked of arithmetic, which has them. LLVM's
    // C interface takes no flag away, so each instruction is made anew, and replaced everywhere before
    // it is erased. The calls that sum up a vector keep the flag: each iteration makes them, whatever
    // stands around it.
    unsafe {
        let blocks = module.definitions().into_iter().flat_map(|function| llvm::blocks(function));
        for old in blocks.flat_map(|block| llvm::instructions(block)) {
            let opcode = LLVMGetInstructionOpcode(old);
            if !matches!(opcode, LLVMFAdd | LLVMFSub | LLVMFMul) {
                continue;
            }
            let flags = LLVMGetFastMathFlags(old);
            let open = LLVMFastMathAllowReassoc | LLVMFastMathAllowContract;
            if flags & open == 0 {
                continue;
            }
            LLVMPositionBuilderBefore(builder.raw(), old);
            let (left, right) = (LLVMGetOperand(old, 0), LLVMGetOperand(old, 1));
            let new = LLVMBuildBinOp(builder.raw(), opcode, left, right, c"".as_ptr());
            if !LLVMIsAInstruction(new).is_null() {
                LLVMSetFastMathFlags(new, flags & !open);
            }
            LLVMReplaceAllUsesWith(old, new);
            LLVMInstructionEraseFromParent(old);
        }
    }
}

/// Whether the module has arithmetic that may be regrouped or fused.
fn regroups(module: &Module<'_>) -> bool {
    let flags = LLVMFastMathAllowReassoc | LLVMFastMathAllowContract;
    // SAFETY: the functions are the module's own, and flags are asked of what may have them.
    unsafe {
        let blocks = module.definitions().into_iter().flat_map(|function| llvm::blocks(function));
        blocks.flat_map(|block| llvm::instructions(block)).any(|instruction| {
            LLVMCanValueUseFastMathFlags(instruction) != 0
                && LLVMGetFastMathFlags(instruction) & flags != 0
        })
    }
}
