//! A body for a tile of iterations: all its rows and lanes at once.
//!
//! All iterations of a tile go the same way through the body, so its blocks and branches stay as they
//! are. What is the same in all of the tile is computed once; what depends on the row alone, once a
//! row; the rest in vectors. Every element goes through the operations of the body in the body's order,
//! each exactly as it is written, whatever the tile's size: see [`crate::contract`].

use std::collections::{HashMap, HashSet};
use std::ffi::c_uint;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMIntPredicate, LLVMLinkage, LLVMOpcode, LLVMTypeKind};
use shiver_signature::Type;

use super::variation::{Lane, Stride, Variations};
use super::{flow, function, intrinsic};
use crate::llvm::{self, Builder, Context, Module};
use crate::writer::EMPTY;

/// A body that can be widened, and what is known of it.
pub(super) struct Body<'a> {
    pub(super) context: &'a Context,
    pub(super) module: &'a Module<'a>,
    pub(super) function: LLVMValueRef,
    pub(super) returns: &'a Type,
    pub(super) variations: Variations,
    /// Which parameter is the index of rows.
    pub(super) row: u32,
    /// How many lanes a vector has.
    pub(super) width: u32,
    /// Loads of vectors in the body's loops that are the same for all rows.
    pub(super) shared: HashSet<LLVMValueRef>,
}

/// The size of a function's tile, and what it does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) rows: u32,
    /// Vectors of lanes.
    pub(super) vectors: u32,
    pub(super) role: Role,
}

impl Task {
    /// The name of its function, for who reads the code: what is done, and rows times lanes.
    fn name(self, width: u32) -> String {
        let what = match self.role {
            Role::Run => "run",
            Role::RunMasked => "run.masked",
            Role::RunPacked => "run.packed",
            Role::Pack => "pack",
        };
        format!("tile.{what}.{}x{}", self.rows, self.vectors * width)
    }
}

/// What is done with a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The body is run.
    Run,
    /// It is run for so many lanes as one more argument says, at least one.
    RunMasked,
    /// It is run with what [`Role::Pack`] has put side by side, whose place is one more argument.
    RunPacked,
    /// Nothing is run, but what rows share is put side by side, in the order in which it is needed: two
    /// more arguments are the place for it, and how many bytes it has. The function returns how many are
    /// needed; if these are more, what it wrote is of no use. A tile that is run with this has rows that
    /// others have too, so nobody writes what they share: it would be a race.
    Pack,
}

/// A function that runs one tile: it takes the body's parameters, the indices being those of its first
/// row and lane; where the body returns something, the place of the first result and how many results
/// further the next row's are; and what its role adds.
///
/// # Safety
///
/// The body's function is live, belongs to its module, and has been found fit by [`super::fitness`].
pub(super) unsafe fn widen(body: &Body<'_>, task: Task) -> LLVMValueRef {
    // SAFETY: as the caller promises; everything is made in the module's context.
    unsafe {
        let context = body.context.raw();
        let (i64, pointer) =
            (LLVMInt64TypeInContext(context), LLVMPointerTypeInContext(context, 0));
        let mut types = llvm::parameter_types(body.function);
        let params = types.len() as u32;
        let returns = *body.returns != Type::Void;
        if returns {
            types.extend([pointer, i64]);
        }
        match task.role {
            Role::Run => {}
            Role::RunMasked => types.push(i64),
            Role::RunPacked => types.push(pointer),
            Role::Pack => types.extend([pointer, i64]),
        }
        let returned = match task.role {
            Role::Pack => i64,
            _ => LLVMVoidTypeInContext(context),
        };
        let ty = LLVMFunctionType(returned, types.as_mut_ptr(), types.len() as u32, 0);
        let function = LLVMAddFunction(body.module.raw(), c"".as_ptr(), ty);
        llvm::set_name(function, &task.name(body.width));
        LLVMSetLinkage(function, LLVMLinkage::LLVMInternalLinkage);
        let nounwind = llvm::attribute(body.context, "nounwind");
        LLVMAddAttributeAtIndex(function, llvm::ON_FUNCTION, nounwind);

        let mut widening = Widening {
            body,
            task,
            function,
            builder: Builder::new(body.context),
            i64,
            blocks: HashMap::new(),
            scalars: HashMap::new(),
            vectors: HashMap::new(),
            spread: HashMap::new(),
            result: returns
                .then(|| (LLVMGetParam(function, params), LLVMGetParam(function, params + 1))),
            mask: None,
            packed: None,
        };
        widening.run();
        function
    }
}

pub(super) struct Widening<'a> {
    pub(super) body: &'a Body<'a>,
    pub(super) task: Task,
    pub(super) function: LLVMValueRef,
    pub(super) builder: Builder,
    pub(super) i64: LLVMTypeRef,
    pub(super) blocks: HashMap<LLVMBasicBlockRef, LLVMBasicBlockRef>,
    /// What is not a vector, by row where it depends on the row: of what moves with the lane, its value
    /// in the first.
    pub(super) scalars: HashMap<LLVMValueRef, Vec<LLVMValueRef>>,
    /// What is a vector, by row where it depends on the row, and by position among the row's vectors.
    pub(super) vectors: HashMap<LLVMValueRef, Vec<LLVMValueRef>>,
    /// What was spread over vectors in the block that is being written.
    pub(super) spread: HashMap<LLVMValueRef, LLVMValueRef>,
    pub(super) result: Option<(LLVMValueRef, LLVMValueRef)>,
    pub(super) mask: Option<LLVMValueRef>,
    pub(super) packed: Option<Packed>,
}

/// Where packed vectors are.
#[derive(Clone, Copy)]
pub(super) struct Packed {
    /// Where they begin.
    pub(super) place: LLVMValueRef,
    /// A variable that holds how many bytes have been packed, or taken out.
    pub(super) used: LLVMValueRef,
    /// Where the last vectors go that find room; for packing only.
    pub(super) last: Option<LLVMValueRef>,
}

impl Widening<'_> {
    /// # Safety
    ///
    /// As for [`widen`]; so for all below.
    unsafe fn run(&mut self) {
        // SAFETY: as the caller promises.
        unsafe {
            let order = flow::reverse_postorder(self.body.function);
            for &block in &order {
                let context = self.body.context.raw();
                let new = LLVMAppendBasicBlockInContext(context, self.function, EMPTY.as_ptr());
                self.blocks.insert(block, new);
            }
            LLVMPositionBuilderAtEnd(self.builder.raw(), self.blocks[&order[0]]);
            self.take_parameters();
            let mut phis = Vec::new();
            for &block in &order {
                LLVMPositionBuilderAtEnd(self.builder.raw(), self.blocks[&block]);
                self.spread.clear();
                for instruction in llvm::instructions(block) {
                    self.instruction(instruction, &mut phis);
                }
            }
            for phi in phis {
                self.complete(phi);
            }
        }
    }

    unsafe fn take_parameters(&mut self) {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let params = LLVMCountParams(self.body.function);
            for k in 0..params {
                let own = LLVMGetParam(self.function, k);
                let row = |r| {
                    let by = LLVMConstInt(LLVMTypeOf(own), u64::from(r), 0);
                    LLVMBuildAdd(b, own, by, c"row".as_ptr())
                };
                let all = if k == self.body.row {
                    (0..self.task.rows).map(row).collect()
                } else {
                    vec![own]
                };
                self.scalars.insert(LLVMGetParam(self.body.function, k), all);
            }
            let last = LLVMCountParams(self.function) - 1;
            let packed = |this: &Self, place, last| {
                let used = LLVMBuildAlloca(b, this.i64, c"used".as_ptr());
                LLVMBuildStore(b, LLVMConstInt(this.i64, 0, 0), used);
                Some(Packed { place: LLVMGetParam(this.function, place), used, last })
            };
            if self.task.role == Role::RunPacked {
                self.packed = packed(self, last, None);
            }
            if self.task.role == Role::Pack {
                // Room for the vectors of one load, of the widest type, is always left.
                let room = LLVMGetParam(self.function, last);
                let most = LLVMConstInt(self.i64, self.most_bytes(), 0);
                let end = LLVMBuildSub(b, room, most, c"last".as_ptr());
                self.packed = packed(self, last - 1, Some(end));
            }
            if self.task.role == Role::RunMasked {
                let count = LLVMGetParam(self.function, last);
                let lanes = self.lanes(self.i64, 0, 1);
                let count = self.splat(count);
                let less = LLVMIntPredicate::LLVMIntULT;
                self.mask = Some(LLVMBuildICmp(b, less, lanes, count, c"mask".as_ptr()));
            }
        }
    }

    /// The bytes that the vectors of one shared load may take.
    pub(super) fn most_bytes(&self) -> u64 {
        u64::from(self.body.width * self.task.vectors) * 8
    }

    /// How many rows a value is computed for.
    pub(super) fn rows(&self, value: LLVMValueRef) -> u32 {
        if self.body.variations.get(value).rows { self.task.rows } else { 1 }
    }

    pub(super) fn lane(&self, value: LLVMValueRef) -> Lane {
        self.body.variations.get(value).lane
    }

    /// A value that is no vector, in row `r`.
    pub(super) fn scalar(&self, value: LLVMValueRef, r: u32) -> LLVMValueRef {
        match self.scalars.get(&value) {
            Some(rows) => rows[(r as usize).min(rows.len() - 1)],
            None => value, // A constant, or a variable's address.
        }
    }

    /// A value as vector `u` of row `r`.
    pub(super) unsafe fn vector(&mut self, value: LLVMValueRef, r: u32, u: u32) -> LLVMValueRef {
        if let Some(vectors) = self.vectors.get(&value) {
            let row = if self.body.variations.get(value).rows { r } else { 0 };
            return vectors[(row * self.task.vectors + u) as usize];
        }
        let scalar = self.scalar(value, r);
        // SAFETY: as the caller promises.
        unsafe {
            let splat = match self.spread.get(&scalar) {
                Some(&splat) => splat,
                None => self.splat(scalar),
            };
            self.spread.insert(scalar, splat);
            let Lane::By(Stride { step, .. }) = self.lane(value) else { return splat };
            let b = self.builder.raw();
            let ty = LLVMTypeOf(scalar);
            if LLVMGetTypeKind(ty) == LLVMTypeKind::LLVMPointerTypeKind {
                let i8 = LLVMInt8TypeInContext(self.body.context.raw());
                let mut offsets = self.lanes(self.i64, u, step);
                return LLVMBuildGEP2(b, i8, splat, &mut offsets, 1, EMPTY.as_ptr());
            }
            let lanes = self.lanes(ty, u, step);
            LLVMBuildAdd(b, splat, lanes, EMPTY.as_ptr())
        }
    }

    /// The numbers of the lanes of vector `u`, times `step`.
    unsafe fn lanes(&self, ty: LLVMTypeRef, u: u32, step: i64) -> LLVMValueRef {
        let first = u64::from(u * self.body.width);
        let number = |lane: u32| (first + u64::from(lane)).wrapping_mul(step as u64);
        // SAFETY: as the caller promises.
        unsafe {
            let number = |lane| LLVMConstInt(ty, number(lane), 1);
            let mut numbers: Vec<_> = (0..self.body.width).map(number).collect();
            LLVMConstVector(numbers.as_mut_ptr(), self.body.width)
        }
    }

    /// A vector with the same value in all lanes.
    pub(super) unsafe fn splat(&self, scalar: LLVMValueRef) -> LLVMValueRef {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let i32 = LLVMInt32TypeInContext(self.body.context.raw());
            let none = LLVMGetPoison(self.wide(LLVMTypeOf(scalar)));
            let zero = LLVMConstInt(i32, 0, 0);
            let first = LLVMBuildInsertElement(b, none, scalar, zero, EMPTY.as_ptr());
            let zeros = LLVMConstNull(LLVMVectorType(i32, self.body.width));
            LLVMBuildShuffleVector(b, first, none, zeros, EMPTY.as_ptr())
        }
    }

    pub(super) unsafe fn wide(&self, ty: LLVMTypeRef) -> LLVMTypeRef {
        // SAFETY: as the caller promises.
        unsafe { LLVMVectorType(ty, self.body.width) }
    }

    unsafe fn instruction(&mut self, old: LLVMValueRef, phis: &mut Vec<LLVMValueRef>) {
        use LLVMOpcode::*;
        // SAFETY: as the caller promises.
        unsafe {
            match LLVMGetInstructionOpcode(old) {
                LLVMBr | LLVMSwitch | LLVMUnreachable => self.branch(old),
                LLVMRet => self.finish(old),
                LLVMStore if self.task.role == Role::Pack => {}
                LLVMStore => self.store(old),
                LLVMCall if intrinsic::says_nothing(old) => {}
                opcode => {
                    if opcode == LLVMPHI {
                        phis.push(old);
                    }
                    let rows = self.rows(old);
                    if self.lane(old) != Lane::Any {
                        let all = (0..rows).map(|r| self.again(old, r)).collect();
                        self.scalars.insert(old, all);
                        return;
                    }
                    if self.body.shared.contains(&old)
                        && let Some(packed) = self.packed
                    {
                        let all = self.through(old, packed);
                        self.vectors.insert(old, all);
                        return;
                    }
                    let mut all = Vec::new();
                    for r in 0..rows {
                        for u in 0..self.task.vectors {
                            all.push(self.lanewise(old, r, u));
                        }
                    }
                    self.vectors.insert(old, all);
                }
            }
        }
    }

    /// An instruction that is no vector, in row `r`.
    unsafe fn again(&mut self, old: LLVMValueRef, r: u32) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            let operand = |this: &Self, k| this.scalar(LLVMGetOperand(old, k), r);
            let opcode = LLVMGetInstructionOpcode(old);
            // LLVM copies what floating-point arithmetic is allowed to do along with it: that is made
            // anew.
            if LLVMCanValueUseFastMathFlags(old) != 0 || opcode == LLVMOpcode::LLVMPHI {
                return self.build(old, LLVMTypeOf(old), |this, k| operand(this, k));
            }
            let new = LLVMInstructionClone(old);
            for k in 0..LLVMGetNumOperands(old) as u32 {
                if opcode != LLVMOpcode::LLVMCall || k + 1 < LLVMGetNumOperands(old) as u32 {
                    LLVMSetOperand(new, k, operand(self, k));
                }
            }
            self.drop_scopes(new);
            LLVMInsertIntoBuilder(self.builder.raw(), new);
            new
        }
    }

    /// An instruction as vector `u` of row `r`.
    unsafe fn lanewise(&mut self, old: LLVMValueRef, r: u32, u: u32) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            let b = self.builder.raw();
            match LLVMGetInstructionOpcode(old) {
                LLVMOpcode::LLVMLoad => self.load(old, r, u),
                LLVMOpcode::LLVMGetElementPtr => {
                    let ty = LLVMGetGEPSourceElementType(old);
                    let operands = llvm::operands(old);
                    // Constants stay as they are: those of a struct's fields must.
                    let mut at = |value: LLVMValueRef| match self.lane(value) {
                        Lane::Same => self.scalar(value, r),
                        _ => self.vector(value, r, u),
                    };
                    let base = at(operands[0]);
                    let mut indices: Vec<_> =
                        operands[1..].iter().map(|&value| at(value)).collect();
                    let count = indices.len() as c_uint;
                    LLVMBuildGEP2(b, ty, base, indices.as_mut_ptr(), count, EMPTY.as_ptr())
                }
                _ => {
                    let ty = self.wide(LLVMTypeOf(old));
                    self.build(old, ty, |this, k| {
                        let operand = LLVMGetOperand(old, k);
                        // What must be a constant of LLVM's functions stays one.
                        if intrinsic::is_choice(old, k) {
                            operand
                        } else {
                            this.vector(operand, r, u)
                        }
                    })
                }
            }
        }
    }

    /// Arithmetic, a conversion, a comparison, a choice or a call of a function of numbers, made anew
    /// with other operands, of type `ty`, and without the freedoms of fast math.
    unsafe fn build(
        &mut self,
        old: LLVMValueRef,
        ty: LLVMTypeRef,
        mut operand: impl FnMut(&mut Self, u32) -> LLVMValueRef,
    ) -> LLVMValueRef {
        use LLVMOpcode::*;
        let (b, name) = (self.builder.raw(), EMPTY.as_ptr());
        // SAFETY: as the caller promises; each question fits the opcode.
        unsafe {
            let opcode = LLVMGetInstructionOpcode(old);
            match opcode {
                LLVMPHI => LLVMBuildPhi(b, ty, name),
                LLVMFNeg => LLVMBuildFNeg(b, operand(self, 0), name),
                LLVMFreeze => LLVMBuildFreeze(b, operand(self, 0), name),
                LLVMICmp => {
                    let (left, right) = (operand(self, 0), operand(self, 1));
                    LLVMBuildICmp(b, LLVMGetICmpPredicate(old), left, right, name)
                }
                LLVMFCmp => {
                    let (left, right) = (operand(self, 0), operand(self, 1));
                    LLVMBuildFCmp(b, LLVMGetFCmpPredicate(old), left, right, name)
                }
                LLVMSelect => {
                    let condition = operand(self, 0);
                    let (yes, no) = (operand(self, 1), operand(self, 2));
                    LLVMBuildSelect(b, condition, yes, no, name)
                }
                LLVMCall => {
                    let count = LLVMGetNumArgOperands(old);
                    let mut arguments: Vec<_> = (0..count).map(|k| operand(self, k)).collect();
                    let callee = if ty == LLVMTypeOf(old) {
                        LLVMGetCalledValue(old)
                    } else if intrinsic::is_lanewise(old) {
                        intrinsic::of_type(self.body.module, old, ty)
                    } else {
                        function::of_width(self.body.module, old, self.body.width)
                            .expect("a fit body calls what has a form of its width")
                    };
                    let callee_type = LLVMGlobalGetValueType(callee);
                    LLVMBuildCall2(b, callee_type, callee, arguments.as_mut_ptr(), count, name)
                }
                opcode if is_conversion(opcode) => {
                    let value = operand(self, 0);
                    LLVMBuildCast(b, opcode, value, ty, name)
                }
                opcode => {
                    let (left, right) = (operand(self, 0), operand(self, 1));
                    LLVMBuildBinOp(b, opcode, left, right, name)
                }
            }
        }
    }
}

fn is_conversion(opcode: LLVMOpcode) -> bool {
    use LLVMOpcode::*;
    matches!(
        opcode,
        LLVMTrunc
            | LLVMZExt
            | LLVMSExt
            | LLVMFPToUI
            | LLVMFPToSI
            | LLVMUIToFP
            | LLVMSIToFP
            | LLVMFPTrunc
            | LLVMFPExt
            | LLVMPtrToInt
            | LLVMIntToPtr
            | LLVMBitCast
    )
}
