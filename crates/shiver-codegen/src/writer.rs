//! Writes the parts that all nests have: reading the frame, loops over indices, the call of the body.

use std::ffi::CStr;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMIntPredicate, LLVMLinkage};
use shiver_signature::{Scalar, Signature, Type};

use crate::Error;
use crate::failure::Whereabouts;
use crate::llvm::{self, Builder, Context, Module};
use crate::shape::{NEST_SYMBOL, Shape};

/// The metadata of the loops, all of which name one access group as parallel.
pub(crate) struct LoopMetadata {
    pub(crate) access_group: LLVMValueRef,
    pub(crate) loops: Vec<LLVMValueRef>,
    /// That of a loop over segments: see [`crate::stream`].
    pub(crate) segments: LLVMValueRef,
}

impl LoopMetadata {
    /// For the loops over so many indices.
    ///
    /// With `streams`, the innermost loop keeps each vector's loads and stores together. LLVM would
    /// work on four vectors at once, with their loads before their stores. Where these go past the
    /// caches that costs a third (2026-11-23, `y[i] = x[i] + 1.0` over 1e8 doubles on two cores of a
    /// Xeon with AMX: 43.8 ms, against 31.4 ms for pairs of a load and a store). Where stores stay in the
    /// caches it is within 2 %, for a polynomial up to 8 % slower, so other nests leave it to LLVM.
    pub(crate) fn new(
        context: &Context,
        loops: usize,
        streams: bool,
    ) -> Result<LoopMetadata, Error> {
        let mut more = vec![""; loops];
        if streams && let Some(innermost) = more.last_mut() {
            *innermost = ", !102";
        }
        LoopMetadata::with(context, &more)
    }

    /// For the two loops of a reduction over a group of lanes: all of them, or some.
    ///
    /// LLVM would unroll a loop over so few lanes before it looks for vectors, and then has to find them
    /// in straight code, which it is not to do with arithmetic that may be regrouped, or takes the
    /// loop around it for one. Made into vectors, all of them in one iteration or a few, it is unrolled, so
    /// that the lanes can stay in registers. Some lanes are few, and not worth as much code.
    pub(crate) fn of_lanes(context: &Context) -> Result<LoopMetadata, Error> {
        LoopMetadata::with(context, &[", !100, !101", ", !100, !102"])
    }

    /// LLVM's C interface makes no distinct nodes, which both kinds have to be; its reader does. What a
    /// loop's node has besides is among `WISHES`.
    fn with(context: &Context, loops: &[&str]) -> Result<LoopMetadata, Error> {
        const WISHES: &str = "!100 = !{!\"llvm.loop.unroll.disable\"}\n\
             !101 = !{!\"llvm.loop.vectorize.followup_vectorized\", !103}\n\
             !102 = !{!\"llvm.loop.interleave.count\", i32 1}\n\
             !103 = !{!\"llvm.loop.unroll.full\"}\n";
        let mut names = String::from("!1, !2");
        let mut nodes = String::from(
            "!0 = !{!\"llvm.loop.parallel_accesses\", !1}\n!1 = distinct !{}\n\
             !2 = distinct !{!2, !100, !100}\n",
        );
        // The third operand is where `places` puts the loop's place, which has to be there to be replaced.
        let spare = if context.listens() { ", !0" } else { "" };
        for (k, more) in (3..).zip(loops) {
            names += &format!(", !{k}");
            nodes += &format!("!{k} = distinct !{{!{k}, !0{spare}{more}}}\n");
        }
        let text = format!("!nodes = !{{{names}}}\n{nodes}{WISHES}");
        let module = context.parse_text(&text)?;
        let mut values = vec![std::ptr::null_mut(); loops.len() + 2];
        // SAFETY: the text names just as many nodes; they belong to the context, not to the module.
        unsafe {
            LLVMGetNamedMetadataOperands(module.raw(), c"nodes".as_ptr(), values.as_mut_ptr());
        }
        let loops = values.split_off(2);
        Ok(LoopMetadata { access_group: values[0], segments: values[1], loops })
    }
}

/// Writes a nest around a body.
pub(crate) struct Writer<'a> {
    pub(crate) context: &'a Context,
    pub(crate) builder: Builder,
    pub(crate) signature: &'a Signature,
    pub(crate) shape: Shape,
    pub(crate) body: LLVMValueRef,
    pub(crate) function: LLVMValueRef,
    pub(crate) i64: LLVMTypeRef,
    pub(crate) i8: LLVMTypeRef,
    pub(crate) pointer: LLVMTypeRef,
    /// For a body that may fail.
    pub(crate) whereabouts: Option<Whereabouts>,
}

/// What a nest reads before its first iteration.
pub(crate) struct Frame {
    /// The fixed arguments, as the body takes them.
    pub(crate) arguments: Vec<LLVMValueRef>,
    /// The types of the body's index parameters.
    pub(crate) index_types: Vec<LLVMTypeRef>,
    pub(crate) starts: Vec<LLVMValueRef>,
    pub(crate) steps: Vec<LLVMValueRef>,
    pub(crate) trips: Vec<LLVMValueRef>,
    pub(crate) begins: Vec<LLVMValueRef>,
    pub(crate) ends: Vec<LLVMValueRef>,
}

/// One loop, as far as it is written before its body.
pub(crate) struct Level {
    block: LLVMBasicBlockRef,
    pub(crate) trip: LLVMValueRef,
    /// The index, as the body takes it.
    pub(crate) index: LLVMValueRef,
    value: LLVMValueRef,
    step: LLVMValueRef,
    end: LLVMValueRef,
    nowrap: NoWrap,
}

/// How an index moves from one trip to the next.
#[derive(Clone, Copy)]
pub(crate) enum Stride {
    /// By 1. The index runs in its own type.
    One,
    /// By a step that the type of the index can hold. The index runs in its own type.
    Fitting(LLVMValueRef),
    /// By any step. The index runs in 64 bits: a step that leads from one value of a narrow type to
    /// another need not fit the type itself.
    Any(LLVMValueRef),
}

#[derive(Clone, Copy)]
pub(crate) enum NoWrap {
    Signed,
    Unsigned,
    Unknown,
}

pub(crate) const EMPTY: &CStr = c"";

impl<'a> Writer<'a> {
    /// # Safety
    ///
    /// `body` is a live function of `module`, a module of `context`.
    pub(crate) unsafe fn new(
        context: &'a Context,
        module: &Module<'_>,
        signature: &'a Signature,
        shape: Shape,
        body: LLVMValueRef,
    ) -> Writer<'a> {
        let raw = context.raw();
        // SAFETY: types and function are made in the context of the module.
        unsafe {
            let pointer = LLVMPointerTypeInContext(raw, 0);
            // The fourth is where a reduction has its partial results, and what a nest of tiles has for
            // its own use.
            let mut params = [pointer; 4];
            let void = LLVMVoidTypeInContext(raw);
            let ty = LLVMFunctionType(void, params.as_mut_ptr(), params.len() as u32, 0);
            let function = LLVMAddFunction(module.raw(), c"".as_ptr(), ty);
            llvm::set_name(function, NEST_SYMBOL);
            LLVMSetLinkage(function, LLVMLinkage::LLVMExternalLinkage);
            LLVMAddAttributeAtIndex(
                function,
                llvm::ON_FUNCTION,
                llvm::attribute(context, "nounwind"),
            );
            // The three rows of words are read before the body runs and never written.
            for k in 1..=3 {
                for name in ["noalias", "readonly", "noundef"] {
                    LLVMAddAttributeAtIndex(function, k, llvm::attribute(context, name));
                }
            }
            Writer {
                context,
                builder: Builder::new(context),
                signature,
                shape,
                body,
                function,
                i64: LLVMInt64TypeInContext(raw),
                i8: LLVMInt8TypeInContext(raw),
                pointer,
                whereabouts: None,
            }
        }
    }

    /// Opens the entry block and reads the frame: everything that a nest needs to know, once.
    ///
    /// # Safety
    ///
    /// As for [`Writer::new`], and `check` has accepted the signature.
    pub(crate) unsafe fn read_frame(&self) -> Frame {
        let params = self.signature.params.len();
        let shape = self.shape;
        let fixed = params - shape.indices;
        // SAFETY: as the caller promises: every value, type and block belongs to the function.
        unsafe {
            let mut types = llvm::parameter_types(self.body);
            if self.through_adapter() {
                types.remove(0); // The adapter's first parameter takes the result.
            }
            let entry = self.block("entry");
            LLVMPositionBuilderAtEnd(self.builder.raw(), entry);
            let row = |k| LLVMGetParam(self.function, k);
            if let Some(whereabouts) = &self.whereabouts {
                whereabouts.announce(self);
            }
            let words = |row, first: usize, count, name: &CStr| -> Vec<_> {
                (first..first + count).map(|k| self.load(self.i64, row, k, name)).collect()
            };
            Frame {
                arguments: (0..fixed).map(|k| self.argument(row(0), k, types[k])).collect(),
                index_types: types[fixed..].to_vec(),
                starts: words(row(0), shape.start_word(params, 0), shape.indices, c"start"),
                steps: if shape.unit_steps {
                    vec![LLVMConstInt(self.i64, 1, 0); shape.indices]
                } else {
                    words(row(0), shape.step_word(params, 0), shape.indices, c"step")
                },
                trips: words(row(0), shape.trips_word(params, 0), shape.indices, c"trips"),
                begins: words(row(1), 0, shape.loops(), c"begin"),
                ends: words(row(2), 0, shape.loops(), c"end"),
            }
        }
    }

    /// Whether the body gives its result through a pointer in front of its parameters.
    pub(crate) fn through_adapter(&self) -> bool {
        self.signature.returns.as_scalar().is_some_and(Scalar::is_complex)
    }

    /// How one result lies in memory.
    ///
    /// # Safety
    ///
    /// As for [`Writer::new`]; the body returns something.
    pub(crate) unsafe fn result_type(&self) -> LLVMTypeRef {
        // SAFETY: as the caller promises.
        unsafe {
            match self.signature.returns {
                Type::Scalar(scalar) if scalar.is_complex() => {
                    LLVMArrayType2(self.i8, scalar.size() as u64)
                }
                Type::Scalar(Scalar::Bool) => self.i8,
                _ => LLVMGetReturnType(LLVMGlobalGetValueType(self.body)),
            }
        }
    }

    /// # Safety
    ///
    /// The function is live.
    pub(crate) unsafe fn block(&self, name: &str) -> LLVMBasicBlockRef {
        let name = std::ffi::CString::new(name).expect("no NUL");
        // SAFETY: as the caller promises.
        unsafe { LLVMAppendBasicBlockInContext(self.context.raw(), self.function, name.as_ptr()) }
    }

    /// Word `k` of a row, as a value of type `ty`.
    ///
    /// # Safety
    ///
    /// `row` points to words, and the builder stands in a block.
    pub(crate) unsafe fn load(
        &self,
        ty: LLVMTypeRef,
        row: LLVMValueRef,
        k: usize,
        name: &CStr,
    ) -> LLVMValueRef {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let mut position = LLVMConstInt(self.i64, k as u64, 0);
            let address = LLVMBuildInBoundsGEP2(b, self.i64, row, &mut position, 1, EMPTY.as_ptr());
            let load = LLVMBuildLoad2(b, ty, address, name.as_ptr());
            LLVMSetAlignment(load, 8);
            load
        }
    }

    /// Fixed argument `k`, as the body takes it.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`]; `ty` is the type of the body's parameter.
    pub(crate) unsafe fn argument(
        &self,
        frame: LLVMValueRef,
        k: usize,
        ty: LLVMTypeRef,
    ) -> LLVMValueRef {
        let b = self.builder.raw();
        // SAFETY: as the caller promises; both parts of a complex number are read through the
        // address that the frame holds, and live in a variable of the nest.
        unsafe {
            match self.signature.params[k].ty.as_scalar() {
                Some(Scalar::Bool) => {
                    let byte = self.load(self.i8, frame, k, c"flag");
                    LLVMBuildTrunc(b, byte, ty, EMPTY.as_ptr())
                }
                Some(scalar) if scalar.is_complex() => {
                    let size = scalar.size() as u64;
                    let copy_type = LLVMArrayType2(self.i8, size);
                    let copy = LLVMBuildAlloca(b, copy_type, c"complex".as_ptr());
                    LLVMSetAlignment(copy, 16);
                    let source = self.load(self.pointer, frame, k, c"complex");
                    let length = LLVMConstInt(self.i64, size, 0);
                    LLVMBuildMemCpy(b, copy, 16, source, scalar.align() as u32, length);
                    copy
                }
                _ => self.load(ty, frame, k, c"argument"),
            }
        }
    }

    /// How index `k` moves, as far as the shape tells.
    pub(crate) fn stride(&self, frame: &Frame, k: usize) -> Stride {
        if self.shape.unit_steps { Stride::One } else { Stride::Any(frame.steps[k]) }
    }

    /// Whether index `k` is signed.
    pub(crate) fn is_signed(&self, k: usize) -> bool {
        let fixed = self.signature.params.len() - self.shape.indices;
        let scalar = self.signature.params[fixed + k].ty.as_scalar();
        scalar.and_then(Scalar::range).is_none_or(|(least, _)| least < 0)
    }

    /// Opens a loop over index `k` from trip `begin` to trip `end`, which is not reached: the builder
    /// stands at the beginning of its body afterwards.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    pub(crate) unsafe fn open(
        &self,
        frame: &Frame,
        k: usize,
        stride: Stride,
        begin: LLVMValueRef,
        end: LLVMValueRef,
    ) -> Level {
        // SAFETY: as the caller promises.
        unsafe { self.open_from(frame, k, stride, LLVMConstInt(self.i64, 0, 0), begin, end) }
    }

    /// As [`Writer::open`], with trips counted from `origin`.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    pub(crate) unsafe fn open_from(
        &self,
        frame: &Frame,
        k: usize,
        stride: Stride,
        origin: LLVMValueRef,
        begin: LLVMValueRef,
        end: LLVMValueRef,
    ) -> Level {
        let b = self.builder.raw();
        let (ty, start) = (frame.index_types[k], frame.starts[k]);
        let step = match stride {
            // SAFETY: the type is live.
            Stride::One => unsafe { LLVMConstInt(self.i64, 1, 0) },
            Stride::Fitting(step) | Stride::Any(step) => step,
        };
        // SAFETY: as the caller promises.
        unsafe {
            let trip = LLVMBuildAdd(b, origin, begin, EMPTY.as_ptr());
            let offset = LLVMBuildMul(b, trip, step, EMPTY.as_ptr());
            let first = LLVMBuildAdd(b, start, offset, c"first".as_ptr());
            let (first, step, nowrap) = match stride {
                Stride::One | Stride::Fitting(_) => {
                    let nowrap = match stride {
                        _ if self.is_signed(k) => NoWrap::Signed,
                        Stride::One => NoWrap::Unsigned,
                        _ => NoWrap::Unknown,
                    };
                    (self.narrow(first, ty), self.narrow(step, ty), nowrap)
                }
                Stride::Any(_) if LLVMGetIntTypeWidth(ty) < 64 => (first, step, NoWrap::Signed),
                Stride::Any(_) => (first, step, NoWrap::Unknown),
            };

            let before = LLVMGetInsertBlock(b);
            let block = self.block(&format!("loop{k}."));
            LLVMBuildBr(b, block);
            LLVMPositionBuilderAtEnd(b, block);
            let trip = LLVMBuildPhi(b, self.i64, c"trip".as_ptr());
            let value = LLVMBuildPhi(b, LLVMTypeOf(first), c"index".as_ptr());
            LLVMAddIncoming(trip, &mut { begin }, &mut { before }, 1);
            LLVMAddIncoming(value, &mut { first }, &mut { before }, 1);
            let index = self.narrow(value, ty);
            Level { block, trip, index, value, step, end, nowrap }
        }
    }

    /// Where an iteration's result goes, in row-major order: `position` is that of the indices before, and
    /// the next has `trips` values, of which this is number `trip`.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    pub(crate) unsafe fn advance(
        &self,
        position: LLVMValueRef,
        trips: LLVMValueRef,
        trip: LLVMValueRef,
    ) -> LLVMValueRef {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let row = LLVMBuildNUWMul(b, position, trips, EMPTY.as_ptr());
            LLVMSetNSW(row, 1);
            let position = LLVMBuildNUWAdd(b, row, trip, EMPTY.as_ptr());
            LLVMSetNSW(position, 1);
            position
        }
    }

    /// A value in a type that may be narrower.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    pub(crate) unsafe fn narrow(&self, value: LLVMValueRef, ty: LLVMTypeRef) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            if LLVMTypeOf(value) == ty {
                value
            } else {
                LLVMBuildTrunc(self.builder.raw(), value, ty, EMPTY.as_ptr())
            }
        }
    }

    /// Calls the body, and puts what it returns at `result`, if there is such a place.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`]; the arguments are of the body's types, and `result` points to memory
    /// of [`Writer::result_type`].
    pub(crate) unsafe fn call(
        &self,
        mut arguments: Vec<LLVMValueRef>,
        result: Option<LLVMValueRef>,
    ) {
        let b = self.builder.raw();
        // SAFETY: as the caller promises; the attributes say how narrow integers travel, and have to
        // be the same on both sides.
        unsafe {
            if let Some(whereabouts) = &self.whereabouts {
                whereabouts.note(self, &arguments);
            }
            if self.through_adapter() {
                arguments.insert(0, result.expect("a body with a result has somewhere to put it"));
            }
            let ty = LLVMGlobalGetValueType(self.body);
            let count = arguments.len() as u32;
            let call =
                LLVMBuildCall2(b, ty, self.body, arguments.as_mut_ptr(), count, EMPTY.as_ptr());
            LLVMSetInstructionCallConv(call, LLVMGetFunctionCallConv(self.body));
            for position in 0..=count {
                for name in ["zeroext", "signext"] {
                    let kind = llvm::attribute_kind(name);
                    if !LLVMGetEnumAttributeAtIndex(self.body, position, kind).is_null() {
                        let attribute = llvm::attribute(self.context, name);
                        LLVMAddCallSiteAttribute(call, position, attribute);
                    }
                }
            }
            let Some(result) = result.filter(|_| !self.through_adapter()) else { return };
            let value = if self.signature.returns == Type::Scalar(Scalar::Bool) {
                LLVMBuildZExt(b, call, self.i8, EMPTY.as_ptr())
            } else {
                call
            };
            LLVMBuildStore(b, value, result);
        }
    }

    /// Closes a loop: the builder stands behind it afterwards.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    pub(crate) unsafe fn close(&self, level: &Level, metadata: Option<LLVMValueRef>) {
        let b = self.builder.raw();
        // SAFETY: as the caller promises. The last sum may wrap, and is then used by nobody.
        unsafe {
            let one = LLVMConstInt(self.i64, 1, 0);
            let trip = LLVMBuildNUWAdd(b, level.trip, one, c"trip.next".as_ptr());
            LLVMSetNSW(trip, 1);
            let value = LLVMBuildAdd(b, level.value, level.step, c"index.next".as_ptr());
            match level.nowrap {
                NoWrap::Signed => LLVMSetNSW(value, 1),
                NoWrap::Unsigned => LLVMSetNUW(value, 1),
                NoWrap::Unknown => {}
            }
            let more =
                LLVMBuildICmp(b, LLVMIntPredicate::LLVMIntULT, trip, level.end, c"more".as_ptr());
            let latch = LLVMGetInsertBlock(b);
            let after = self.block("done");
            let branch = LLVMBuildCondBr(b, more, level.block, after);
            if let Some(metadata) = metadata {
                LLVMSetMetadata(branch, llvm::metadata_kind(self.context, "llvm.loop"), metadata);
            }
            LLVMAddIncoming(level.trip, &mut { trip }, &mut { latch }, 1);
            LLVMAddIncoming(level.value, &mut { value }, &mut { latch }, 1);
            LLVMPositionBuilderAtEnd(b, after);
        }
    }
}
