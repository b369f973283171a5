//! From bitcode and a shape to an object.

use std::time::{Duration, Instant};

use llvm_sys::LLVMLinkage;
use llvm_sys::comdat::LLVMSetComdat;
use llvm_sys::core::*;
use serde::{Deserialize, Serialize};
use shiver_llvm::Cpu;
use shiver_signature::Signature;

use crate::emit::{Lease, Machine};
use crate::llvm::{self, Context, Module};
use crate::nest::Nest;
use crate::operation::Combine;
use crate::shape::{SYMBOLS, Shape, Tile};
use crate::{
    Error, brevity, describe, division, failure, forward, mathematics, optimize, places, state,
    tile,
};

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Machine code, to be loaded.
    Object,
    /// The optimised nest as textual IR.
    Ir,
    /// The nest as assembly.
    Assembly,
}

/// What a compile gives.
#[derive(Clone, Debug)]
pub struct Output {
    /// An object, or text in UTF-8, as the stage says. Empty where the shape asks for arrays to be
    /// streamed and none can be.
    pub bytes: Vec<u8>,
    /// What the nest runs together, where it runs tiles.
    pub tile: Option<Tile>,
    /// Whether the body's module has a state, which [`compile_state`] gives.
    pub stateful: bool,
    /// How long each step took.
    pub timings: Timings,
}

/// How long the steps of a compile took.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Timings {
    /// Reading the bitcode and building the nest.
    pub build: Duration,
    /// LLVM's optimiser.
    pub optimize: Duration,
    /// LLVM's back end.
    pub emit: Duration,
}

/// A function, where it is defined.
#[derive(Clone, Copy, Debug)]
pub struct Body<'a> {
    /// The module that defines it.
    pub bitcode: &'a [u8],
    /// Its symbol.
    pub symbol: &'a str,
}

/// Compiles the nest of that shape around `body`, for `cpu`. `combine` is the function of two values
/// of a [`Reduction::Function`](crate::Reduction::Function).
///
/// # Errors
///
/// [`Error::NoFunction`] where the bitcode has no such function; [`Error::Unsupported`] for what
/// cannot be passed or collected; [`Error::Parse`] and [`Error::Backend`] where LLVM fails.
pub fn compile_nest(
    body: Body<'_>,
    combine: Option<Body<'_>>,
    shape: Shape,
    cpu: &Cpu,
    stage: Stage,
) -> Result<Output, Error> {
    guarded(|| compile_nest_here(body, combine, shape, cpu, stage))
}

/// Compiles on a thread of its own, so that LLVM's giving up is an error.
pub(crate) fn guarded<T: Send>(work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    shiver_llvm::guarded(work).unwrap_or_else(|message| Err(Error::Backend { message }))
}

fn compile_nest_here(
    body: Body<'_>,
    combine: Option<Body<'_>>,
    shape: Shape,
    cpu: &Cpu,
    stage: Stage,
) -> Result<Output, Error> {
    let context = Context::new();
    let Optimized { module, machine, tile, stateful, complete, mut timings } =
        optimize_nest(&context, body, combine, shape, cpu, &mut |_| ())?;
    let begin = Instant::now();
    let bytes = match stage {
        _ if !complete => vec![],
        Stage::Object => machine.object(&context, &module)?,
        Stage::Ir => module.text().into_bytes(),
        Stage::Assembly => machine.assembly(&context, &module)?.into_bytes(),
    };
    timings.emit = begin.elapsed();
    Ok(Output { bytes, tile, stateful, timings })
}

/// A nest that lacks nothing but machine code.
pub(crate) struct Optimized<'c> {
    pub(crate) module: Module<'c>,
    pub(crate) machine: Lease,
    /// What the nest runs together, where it does.
    pub(crate) tile: Option<Tile>,
    /// Whether the body's module has a state.
    pub(crate) stateful: bool,
    /// Not where the shape asks for arrays to be streamed, and none can be: then it is no nest to run.
    pub(crate) complete: bool,
    pub(crate) timings: Timings,
}

/// All up to the back end. `look` sees the nest before it is optimised; its time counts for nothing.
pub(crate) fn optimize_nest<'c>(
    context: &'c Context,
    body: Body<'_>,
    combine: Option<Body<'_>>,
    shape: Shape,
    cpu: &Cpu,
    look: &mut dyn FnMut(&Module<'_>),
) -> Result<Optimized<'c>, Error> {
    let begin = Instant::now();
    let Opened { module, signature, stateful } = open_body(context, body, state::NEST)?;
    let machine = prepare(context, &module, cpu)?;
    let combine = combine.map(|op| link_combine(context, &module, op)).transpose()?;
    let tiled = tile::build(context, &module, &signature, shape, cpu, &machine)?;
    let tile = tiled.as_ref().map(|tiled| tiled.tile);
    let (module, nest) = match tiled {
        Some(tiled) => (tiled.module, None),
        None => {
            let nest = Nest::build(context, &module, &signature, shape, combine.as_ref())?;
            (module, Some(nest))
        }
    };
    set_cpu(context, &module, cpu);
    if let Some(nest) = nest.as_ref().filter(|_| context.listens()) {
        // SAFETY: the nest is the module's own, and nothing was inlined yet.
        unsafe { places::mark(context, &module, nest.function()) };
    }
    debug_assert_eq!(module.verify(), Ok(()));
    let build = begin.elapsed();
    look(&module);

    let begin = Instant::now();
    let mut streaming = None;
    let mut brief = false;
    let mut divides = false;
    if let Some(nest) = nest {
        optimize::run(&module, optimize::INLINE, Some(&machine))?;
        failure::forget_unasked(&module);
        if context.listens() {
            nest.tell_synchronisations(context);
        }
        if nest.has_pairs() {
            optimize::run(&module, optimize::PAIRS, Some(&machine))?;
        }
        nest.take_loads_apart(context);
        mathematics::replace(context, &module, cpu, &machine)?;
        divides = shape.indices > 0 && division::replace(context, &module, cpu, &machine)?;
        nest.declare_independence();
        // The others are chosen for what is long.
        brief = shape.reduction.is_none() && shape.streams == 0 && nest.is_brief();
        if shape.streams != 0 {
            streaming = nest.find_streams(context, &module, vector_bytes(cpu), shape.streams);
        }
    }
    let mut complete = shape.streams == 0 || streaming.is_some();
    if tile.is_some() {
        optimize::run(&module, tile::OPTIMIZE, Some(&machine))?;
        mathematics::tidy(&module);
    } else if complete {
        optimize::optimize(context, &module, &machine)?;
        mathematics::tidy(&module);
    }
    if let Some(streaming) = streaming {
        complete = streaming.apply(context, &module, &machine)?;
    }
    if divides && complete {
        division::expand(context, &module, &machine)?;
    }
    if brief {
        brevity::tell(&module);
    }
    let timings = Timings { build, optimize: begin.elapsed(), emit: Duration::ZERO };
    Ok(Optimized { module, machine, tile, stateful, complete, timings })
}

/// Compiles what the nests of a module share: its variables, what their initial values name, and
/// code that runs when they come to be. `None` where a module has nothing of the kind.
///
/// With `exported`, the module's visible functions are compiled as well and keep their names, so
/// that code compiled later may call them.
///
/// # Errors
///
/// As for [`compile_nest`].
pub fn compile_state(bitcode: &[u8], exported: bool, cpu: &Cpu) -> Result<Option<Output>, Error> {
    guarded(|| compile_state_here(bitcode, exported, cpu))
}

fn compile_state_here(bitcode: &[u8], exported: bool, cpu: &Cpu) -> Result<Option<Output>, Error> {
    let begin = Instant::now();
    let context = Context::new();
    let module = context.parse_bitcode(bitcode)?;
    state::reach_far(&module);
    let variables = state::variables(&module)?;
    let stateful = state::is_there(&module, &variables);
    if !stateful && !exported {
        return Ok(None);
    }
    let machine = prepare(&context, &module, cpu)?;
    // With `exported` all functions keep their linkage, and else none is visible.
    if !exported {
        make_internal(&context, &module, &[]);
    }
    state::name_variables(&module, &variables, exported);
    set_cpu(&context, &module, cpu);
    let built = Instant::now();
    optimize::run(&module, "globaldce", None)?;
    mathematics::replace(&context, &module, cpu, &machine)?;
    optimize::optimize(&context, &module, &machine)?;
    let optimized = Instant::now();
    let bytes = machine.object(&context, &module)?;
    let timings =
        Timings { build: built - begin, optimize: optimized - built, emit: optimized.elapsed() };
    Ok(Some(Output { bytes, tile: None, stateful, timings }))
}

/// A body's module, prepared for being inlined.
struct Opened<'c> {
    module: Module<'c>,
    signature: Signature,
    /// Whether there was a state to be moved out.
    stateful: bool,
}

/// Reads a body's module and prepares it for being inlined: its variables are moved out, and all its
/// functions are internal.
fn open_body<'c>(context: &'c Context, body: Body<'_>, role: &str) -> Result<Opened<'c>, Error> {
    let module = context.parse_bitcode(body.bitcode)?;
    let signature = find(describe::signatures_of(&module)?, body.symbol)?;
    refuse(&module, &signature)?;
    state::reach_far(&module);
    let variables = state::variables(&module)?;
    let stateful = state::is_there(&module, &variables);
    state::move_out(context, &module, &variables, role)?;
    if role == state::COMBINE {
        forward::rename_for_combine(&module);
    }
    let target = signature.adapter.as_deref().unwrap_or(&signature.symbol);
    make_internal(context, &module, &[target, &signature.symbol]);
    Ok(Opened { module, signature, stateful })
}

/// Refuses what cannot be built into a nest.
fn refuse(module: &Module<'_>, signature: &Signature) -> Result<(), Error> {
    let unsupported = |message| Err(Error::Unsupported { message });
    // No name of C's or C++'s has a dot; other front ends can make one that is ours.
    if let Some(name) = SYMBOLS.into_iter().find(|name| module.has(name)) {
        return unsupported(format!(
            "the name {name:?} is Shiver's own: give the function another"
        ));
    }
    let symbol = signature.adapter.as_ref().unwrap_or(&signature.symbol);
    let naked = |body| {
        let kind = llvm::attribute_kind("naked");
        // SAFETY: the function is the module's own.
        !unsafe { LLVMGetEnumAttributeAtIndex(body, llvm::ON_FUNCTION, kind) }.is_null()
    };
    if module.definition(symbol).is_some_and(naked) {
        return unsupported(format!(
            "{} is naked: its assembly would return out of the loop around it",
            signature.name
        ));
    }
    Ok(())
}

/// Brings the function of a reduction into the module of its body.
fn link_combine(
    context: &Context,
    module: &Module<'_>,
    combine: Body<'_>,
) -> Result<Combine, Error> {
    let Opened { module: other, signature, .. } = open_body(context, combine, state::COMBINE)?;
    let symbol = signature.adapter.as_ref().unwrap_or(&signature.symbol);
    let function = other
        .definition(symbol)
        .ok_or_else(|| Error::NoFunction { name: symbol.clone(), candidates: vec![] })?;
    const NAME: &str = "shiver.combine.body";
    // SAFETY: the function is live, and becomes a part of `module` by the link, which finds it by its
    // external name.
    unsafe {
        llvm::set_name(function, NAME);
        LLVMSetLinkage(function, LLVMLinkage::LLVMExternalLinkage);
        module.link(context, other)?;
        let function = module.definition(NAME).expect("just linked");
        LLVMSetLinkage(function, LLVMLinkage::LLVMInternalLinkage);
        Ok(Combine { function, signature })
    }
}

fn find(signatures: Vec<Signature>, symbol: &str) -> Result<Signature, Error> {
    let candidates = signatures.iter().map(|s| s.symbol.clone()).collect();
    signatures
        .into_iter()
        .find(|s| s.symbol == symbol)
        .ok_or(Error::NoFunction { name: symbol.to_owned(), candidates })
}

fn prepare(context: &Context, module: &Module<'_>, cpu: &Cpu) -> Result<Lease, Error> {
    let machine = Machine::of(cpu)?;
    machine.set_layout(module);
    match context.take_errors() {
        None => Ok(machine),
        Some(message) => Err(Error::Backend { message }),
    }
}

/// Makes every function and constant internal, so that LLVM may inline and drop it; the bodies are
/// to be inlined whatever the source says.
fn make_internal(context: &Context, module: &Module<'_>, bodies: &[&str]) {
    // SAFETY: the values are the module's own.
    unsafe {
        for global in module.globals() {
            let name = llvm::name(global);
            if LLVMIsDeclaration(global) == 0 && !name.starts_with("llvm.") {
                LLVMSetComdat(global, std::ptr::null_mut());
                LLVMSetLinkage(global, LLVMLinkage::LLVMInternalLinkage);
            }
        }
        for function in module.definitions() {
            LLVMSetComdat(function, std::ptr::null_mut());
            LLVMSetLinkage(function, LLVMLinkage::LLVMInternalLinkage);
            if bodies.contains(&llvm::name(function).as_str()) {
                for name in ["noinline", "optnone"] {
                    let kind = llvm::attribute_kind(name);
                    LLVMRemoveEnumAttributeAtIndex(function, llvm::ON_FUNCTION, kind);
                }
                let always = llvm::attribute(context, "alwaysinline");
                LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, always);
            }
        }
    }
}

/// Makes everything be compiled for the machine's CPU, whatever the front end was told: a function
/// without attributes of its own takes the machine's, and LLVM need not read a list of features
/// again for each of them.
pub(crate) fn set_cpu(context: &Context, module: &Module<'_>, cpu: &Cpu) {
    let wide = is_wide(cpu);
    // SAFETY: the functions are the module's own.
    unsafe {
        for function in module.definitions() {
            for name in ["target-cpu", "target-features", "tune-cpu"] {
                llvm::remove_string_attribute(function, name);
            }
            // Under fast math, LLVM would estimate quotients and roots where they are vectors and
            // compute them where they are not: an element's bits would tell where a piece ended.
            llvm::set_string_attribute(context, function, "reciprocal-estimates", "none");
            if wide {
                llvm::set_string_attribute(context, function, "prefer-vector-width", "512");
            }
            if SYMBOLS.contains(&llvm::name(function).as_str()) {
                let hot = llvm::attribute(context, "hot");
                LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, hot);
            }
        }
    }
}

/// Whether vectors of 512 bits are used.
pub(crate) fn is_wide(cpu: &Cpu) -> bool {
    vector_bytes(cpu) == 64
}

/// How many bytes the vectors have that loops are compiled to at most.
fn vector_bytes(cpu: &Cpu) -> u64 {
    // LLVM keeps to 256 bits on Intel's CPUs with AVX-512, the first of which slowed down under
    // wider vectors. Those that know 16-bit floats (Sapphire Rapids, Zen 4 and later) do not.
    // (2026-11-23, one core of a Xeon with AMX, doubles: a polynomial of degree 5 takes a fifth less time
    // in vectors of 512 bits in the caches near the core, and as long from the third on; y[i] = x[i] + 1
    // takes a sixth more from the second, where a vector lies across two lines, and as long elsewhere.)
    // A CPU that was asked for by its name alone tells no features.
    const WIDE: [&str; 7] = [
        "sapphirerapids",
        "emeraldrapids",
        "graniterapids",
        "graniterapids-d",
        "diamondrapids",
        "znver4",
        "znver5",
    ];
    let has = |feature| cpu.features.contains(feature);
    let named = cpu.features.is_empty() && WIDE.contains(&cpu.name.as_str());
    if has("+avx512bf16") || has("+avx512fp16") || named {
        64
    } else if has("+avx") || cpu.features.is_empty() && cpu.name != "x86-64" {
        32
    } else {
        16
    }
}
