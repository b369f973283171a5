//! The loops around a body.
//!
//! For two indices, in C's words:
//!
//! ```c
//! void shiver_nest(const uint64_t *frame, const uint64_t *begin, const uint64_t *end) {
//!     // entry: everything that is in the frame, once
//!     for (t0 = begin[0], i = start0 + t0 * step0; …; t0++, i += step0)
//!         for (t1 = begin[1], j = start1 + t1 * step1; …; t1++, j += step1)
//!             result[t0 * trips1 + t1] = body(arguments…, i, j);
//! }
//! ```
//!
//! Each index runs in its own type beside the trip number. With unit steps it is told that it does
//! not wrap, which the queue's caller has checked of every value: an `int` index then costs no more
//! than a `long`, since LLVM may widen it. A tile is never empty, so a loop tests at its end only.

use std::ffi::CStr;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMIntPredicate, LLVMLinkage};
use shiver_signature::{Scalar, Signature, Type};

use crate::llvm::{self, Builder, Context, Module};
use crate::shape::{NEST_SYMBOL, Shape};
use crate::{Error, independence};

/// A nest whose body has not been inlined yet.
pub(crate) struct Nest {
    function: LLVMValueRef,
    access_kind: u32,
    access_group: LLVMValueRef,
}

impl Nest {
    /// Builds the loops around the function that `signature` tells of.
    pub(crate) fn build(
        context: &Context,
        module: &Module<'_>,
        signature: &Signature,
        shape: Shape,
    ) -> Result<Nest, Error> {
        check(signature, shape)?;
        let symbol = signature.adapter.as_ref().unwrap_or(&signature.symbol);
        let body = module.definition(symbol).ok_or_else(|| Error::NoFunction {
            name: symbol.clone(),
            candidates: vec![],
        })?;
        let metadata = LoopMetadata::new(context, shape.indices)?;
        // SAFETY: `body` is a live function of `module`, and everything else is made in `context`.
        let function = unsafe {
            let writer = Writer::new(context, module, signature, shape, body);
            writer.write(&metadata)
        };
        // SAFETY: reads the name only.
        let access_kind = unsafe {
            let name = "llvm.access.group";
            LLVMGetMDKindIDInContext(context.raw(), name.as_ptr().cast(), name.len() as u32)
        };
        Ok(Nest { function, access_kind, access_group: metadata.access_group })
    }

    /// Declares accesses independent, once the body has been inlined.
    pub(crate) fn declare_independence(&self) {
        // SAFETY: the nest has external linkage, so no pass removed it.
        unsafe { independence::declare(self.function, self.access_kind, self.access_group) }
    }
}

/// Refuses what no frame can hold.
fn check(signature: &Signature, shape: Shape) -> Result<(), Error> {
    let refused = |message: String| Err(Error::Signature { message });
    if shape.indices > signature.params.len() {
        return refused(format!(
            "{} has {} parameters, too few for {} indices",
            signature.name,
            signature.params.len(),
            shape.indices
        ));
    }
    let first_index = signature.params.len() - shape.indices;
    for (k, param) in signature.params.iter().enumerate() {
        match &param.ty {
            Type::Scalar(scalar) if k < first_index || scalar.is_integer() => {}
            Type::Pointer(_) if k < first_index => {}
            ty => {
                return refused(format!(
                    "parameter {} of {} has type {ty}, which cannot be {}",
                    param.name,
                    signature.name,
                    if k < first_index { "passed" } else { "an index" }
                ));
            }
        }
    }
    match &signature.returns {
        Type::Void | Type::Scalar(_) => Ok(()),
        Type::Pointer(_) if shape.indices == 0 => Ok(()),
        ty => refused(format!("{} returns {ty}, which cannot be collected", signature.name)),
    }
}

/// The metadata of the loops, all of which name one access group as parallel.
struct LoopMetadata {
    access_group: LLVMValueRef,
    loops: Vec<LLVMValueRef>,
}

impl LoopMetadata {
    /// LLVM's C interface makes no distinct nodes, which both kinds have to be; its reader does.
    fn new(context: &Context, loops: usize) -> Result<LoopMetadata, Error> {
        let mut names = String::from("!1");
        let mut nodes = String::from("!0 = !{!\"llvm.loop.parallel_accesses\", !1}\n!1 = distinct !{}\n");
        for k in 2..loops + 2 {
            names += &format!(", !{k}");
            nodes += &format!("!{k} = distinct !{{!{k}, !0}}\n");
        }
        let text = format!("!nodes = !{{{names}}}\n{nodes}");
        let module = context.parse_text(&text)?;
        let mut values = vec![std::ptr::null_mut(); loops + 1];
        // SAFETY: the text names just as many nodes; they belong to the context, not to the module.
        unsafe {
            LLVMGetNamedMetadataOperands(module.raw(), c"nodes".as_ptr(), values.as_mut_ptr());
        }
        let loops = values.split_off(1);
        Ok(LoopMetadata { access_group: values[0], loops })
    }
}

/// What the entry block reads, and where it writes it.
struct Writer<'a> {
    context: &'a Context,
    builder: Builder,
    signature: &'a Signature,
    shape: Shape,
    body: LLVMValueRef,
    function: LLVMValueRef,
    i64: LLVMTypeRef,
    i8: LLVMTypeRef,
    pointer: LLVMTypeRef,
}

/// One loop, as far as it is written before its body.
struct Level {
    block: LLVMBasicBlockRef,
    trip: LLVMValueRef,
    value: LLVMValueRef,
    step: LLVMValueRef,
    end: LLVMValueRef,
    nowrap: NoWrap,
}

#[derive(Clone, Copy)]
enum NoWrap {
    Signed,
    Unsigned,
    Unknown,
}

const EMPTY: &CStr = c"";

impl<'a> Writer<'a> {
    /// # Safety
    ///
    /// `body` is a live function of `module`, a module of `context`.
    unsafe fn new(
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
            let mut params = [pointer, pointer, pointer];
            let void = LLVMVoidTypeInContext(raw);
            let ty = LLVMFunctionType(void, params.as_mut_ptr(), 3, 0);
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
            }
        }
    }

    /// # Safety
    ///
    /// As for [`Writer::new`]; `check` has accepted the signature.
    unsafe fn write(&self, metadata: &LoopMetadata) -> LLVMValueRef {
        let b = self.builder.raw();
        let params = self.signature.params.len();
        let fixed = params - self.shape.indices;
        // SAFETY: as the caller promises: every value, type and block belongs to the function.
        unsafe {
            let mut types = llvm::parameter_types(self.body);
            let complex_result = self.adapter_result();
            if complex_result {
                types.remove(0); // The adapter's first parameter takes the result.
            }

            let entry = self.block("entry");
            LLVMPositionBuilderAtEnd(b, entry);
            let frame = LLVMGetParam(self.function, 0);
            let mut arguments: Vec<_> = (0..fixed)
                .map(|k| self.argument(frame, k, types[k]))
                .collect();
            let word = |row, k: usize, name: &CStr| self.load(self.i64, row, k, name);
            let result = self.collects().then(|| {
                self.load(self.pointer, frame, self.shape.result_word(params), c"result")
            });
            let indices = 0..self.shape.indices;
            let starts: Vec<_> = indices
                .clone()
                .map(|k| word(frame, self.shape.start_word(params, k), c"start"))
                .collect();
            let steps: Vec<_> = indices
                .clone()
                .map(|k| {
                    if self.shape.unit_steps {
                        LLVMConstInt(self.i64, 1, 0)
                    } else {
                        word(frame, self.shape.step_word(params, k), c"step")
                    }
                })
                .collect();
            let trips: Vec<_> = indices
                .clone()
                .map(|k| word(frame, self.shape.trips_word(params, k), c"trips"))
                .collect();
            let begins: Vec<_> =
                indices.clone().map(|k| word(LLVMGetParam(self.function, 1), k, c"begin")).collect();
            let ends: Vec<_> =
                indices.clone().map(|k| word(LLVMGetParam(self.function, 2), k, c"end")).collect();

            // The loops, outermost first, each up to where its body begins.
            let mut levels = Vec::new();
            let mut position = LLVMConstInt(self.i64, 0, 0);
            for k in indices {
                let level =
                    self.open(k, types[fixed + k], starts[k], steps[k], begins[k], ends[k]);
                // Where this iteration's result goes, in row-major order.
                let row = LLVMBuildNUWMul(b, position, trips[k], EMPTY.as_ptr());
                LLVMSetNSW(row, 1);
                position = LLVMBuildNUWAdd(b, row, level.trip, EMPTY.as_ptr());
                LLVMSetNSW(position, 1);
                arguments.push(self.index(types[fixed + k], &level));
                levels.push(level);
            }

            self.call(&mut arguments, complex_result, result, position);

            for (level, &metadata) in levels.iter().zip(&metadata.loops).rev() {
                self.close(level, metadata);
            }
            LLVMBuildRetVoid(b);
        }
        self.function
    }

    /// Whether results are stored.
    fn collects(&self) -> bool {
        self.signature.returns != Type::Void
    }

    fn adapter_result(&self) -> bool {
        self.signature.returns.as_scalar().is_some_and(Scalar::is_complex)
    }

    /// # Safety
    ///
    /// The function is live.
    unsafe fn block(&self, name: &str) -> LLVMBasicBlockRef {
        let name = std::ffi::CString::new(name).expect("no NUL");
        // SAFETY: as the caller promises.
        unsafe {
            LLVMAppendBasicBlockInContext(self.context.raw(), self.function, name.as_ptr())
        }
    }

    /// Word `k` of a row, as a value of type `ty`.
    ///
    /// # Safety
    ///
    /// `row` points to words, and the builder stands in a block.
    unsafe fn load(&self, ty: LLVMTypeRef, row: LLVMValueRef, k: usize, name: &CStr) -> LLVMValueRef {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let mut position = LLVMConstInt(self.i64, k as u64, 0);
            let address =
                LLVMBuildInBoundsGEP2(b, self.i64, row, &mut position, 1, EMPTY.as_ptr());
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
    unsafe fn argument(&self, frame: LLVMValueRef, k: usize, ty: LLVMTypeRef) -> LLVMValueRef {
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

    /// Opens loop `k`: the builder stands at the beginning of its body afterwards.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`]; `ty` is the type of the body's parameter.
    unsafe fn open(
        &self,
        k: usize,
        ty: LLVMTypeRef,
        start: LLVMValueRef,
        step: LLVMValueRef,
        begin: LLVMValueRef,
        end: LLVMValueRef,
    ) -> Level {
        let b = self.builder.raw();
        let scalar = self.signature.params[self.signature.params.len() - self.shape.indices + k].ty.as_scalar();
        // SAFETY: as the caller promises.
        unsafe {
            let width = LLVMGetIntTypeWidth(ty);
            let offset = LLVMBuildMul(b, begin, step, EMPTY.as_ptr());
            let first = LLVMBuildAdd(b, start, offset, c"first".as_ptr());
            // With general steps the index runs in 64 bits: a step that leads from one value of a
            // narrow type to another need not fit the type itself.
            let (first, step, nowrap) = if self.shape.unit_steps {
                let signed = scalar.and_then(Scalar::range).is_none_or(|(least, _)| least < 0);
                let nowrap = if signed { NoWrap::Signed } else { NoWrap::Unsigned };
                (self.narrow(first, ty), self.narrow(step, ty), nowrap)
            } else if width < 64 {
                (first, step, NoWrap::Signed)
            } else {
                (first, step, NoWrap::Unknown)
            };

            let before = LLVMGetInsertBlock(b);
            let block = self.block(&format!("loop{k}"));
            LLVMBuildBr(b, block);
            LLVMPositionBuilderAtEnd(b, block);
            let trip = LLVMBuildPhi(b, self.i64, c"trip".as_ptr());
            let value = LLVMBuildPhi(b, LLVMTypeOf(first), c"index".as_ptr());
            LLVMAddIncoming(trip, &mut { begin }, &mut { before }, 1);
            LLVMAddIncoming(value, &mut { first }, &mut { before }, 1);
            Level { block, trip, value, step, end, nowrap }
        }
    }

    /// A 64-bit value in a type that may be narrower.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    unsafe fn narrow(&self, value: LLVMValueRef, ty: LLVMTypeRef) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            if LLVMTypeOf(value) == ty {
                value
            } else {
                LLVMBuildTrunc(self.builder.raw(), value, ty, EMPTY.as_ptr())
            }
        }
    }

    /// The index as the body takes it.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    unsafe fn index(&self, ty: LLVMTypeRef, level: &Level) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe { self.narrow(level.value, ty) }
    }

    /// Calls the body, and stores what it returns.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`]; the arguments are of the body's types.
    unsafe fn call(
        &self,
        arguments: &mut Vec<LLVMValueRef>,
        complex_result: bool,
        result: Option<LLVMValueRef>,
        position: LLVMValueRef,
    ) {
        let b = self.builder.raw();
        // SAFETY: as the caller promises; the attributes say how narrow integers travel, and have to
        // be the same on both sides.
        unsafe {
            let element = |ty| {
                let result = result.expect("a body that returns a value has somewhere to put it");
                LLVMBuildInBoundsGEP2(b, ty, result, &mut { position }, 1, c"element".as_ptr())
            };
            if complex_result {
                let size = self.signature.returns.as_scalar().map_or(0, Scalar::size) as u64;
                arguments.insert(0, element(LLVMArrayType2(self.i8, size)));
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
            if complex_result || !self.collects() {
                return;
            }
            let value = if self.signature.returns == Type::Scalar(Scalar::Bool) {
                LLVMBuildZExt(b, call, self.i8, EMPTY.as_ptr())
            } else {
                call
            };
            LLVMBuildStore(b, value, element(LLVMTypeOf(value)));
        }
    }

    /// Closes a loop: the builder stands behind it afterwards.
    ///
    /// # Safety
    ///
    /// As for [`Writer::load`].
    unsafe fn close(&self, level: &Level, metadata: LLVMValueRef) {
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
            let name = "llvm.loop";
            let kind =
                LLVMGetMDKindIDInContext(self.context.raw(), name.as_ptr().cast(), name.len() as u32);
            LLVMSetMetadata(branch, kind, metadata);
            LLVMAddIncoming(level.trip, &mut { trip }, &mut { latch }, 1);
            LLVMAddIncoming(level.value, &mut { value }, &mut { latch }, 1);
            LLVMPositionBuilderAtEnd(b, after);
        }
    }
}
