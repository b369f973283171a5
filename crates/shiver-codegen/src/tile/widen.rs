//! A body for a tile of iterations: all its rows and lanes at once.
//!
//! All iterations of a tile go the same way through the body, so its blocks and branches stay as they
//! are. What is the same in all of the tile is computed once; what depends on the row alone, once a
//! row; the rest in vectors. Every element goes through the operations of the body in the body's order,
//! each exactly as it is written, whatever the tile's size: see [`super::exact`].

use std::collections::{HashMap, HashSet};
use std::ffi::c_uint;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMGetModuleDataLayout};
use llvm_sys::{LLVMIntPredicate, LLVMLinkage, LLVMOpcode, LLVMTypeKind};
use shiver_signature::{Scalar, Type};

use super::intrinsic;
use super::variation::{Lane, Stride, Variations};
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

struct Widening<'a> {
    body: &'a Body<'a>,
    task: Task,
    function: LLVMValueRef,
    builder: Builder,
    i64: LLVMTypeRef,
    blocks: HashMap<LLVMBasicBlockRef, LLVMBasicBlockRef>,
    /// What is not a vector, by row where it depends on the row: of what moves with the lane, its value
    /// in the first.
    scalars: HashMap<LLVMValueRef, Vec<LLVMValueRef>>,
    /// What is a vector, by row where it depends on the row, and by position among the row's vectors.
    vectors: HashMap<LLVMValueRef, Vec<LLVMValueRef>>,
    /// What was spread over vectors in the block that is being written.
    spread: HashMap<LLVMValueRef, LLVMValueRef>,
    result: Option<(LLVMValueRef, LLVMValueRef)>,
    mask: Option<LLVMValueRef>,
    packed: Option<Packed>,
}

/// Where packed vectors are.
#[derive(Clone, Copy)]
struct Packed {
    /// Where they begin.
    place: LLVMValueRef,
    /// A variable that holds how many bytes have been packed, or taken out.
    used: LLVMValueRef,
    /// Where the last vectors go that find room; for packing only.
    last: Option<LLVMValueRef>,
}

impl Widening<'_> {
    /// # Safety
    ///
    /// As for [`widen`]; so for all below.
    unsafe fn run(&mut self) {
        // SAFETY: as the caller promises.
        unsafe {
            let order = reverse_postorder(self.body.function);
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
    fn most_bytes(&self) -> u64 {
        u64::from(self.body.width * self.task.vectors) * 8
    }

    /// How many rows a value is computed for.
    fn rows(&self, value: LLVMValueRef) -> u32 {
        if self.body.variations.get(value).rows { self.task.rows } else { 1 }
    }

    fn lane(&self, value: LLVMValueRef) -> Lane {
        self.body.variations.get(value).lane
    }

    /// A value that is no vector, in row `r`.
    fn scalar(&self, value: LLVMValueRef, r: u32) -> LLVMValueRef {
        match self.scalars.get(&value) {
            Some(rows) => rows[(r as usize).min(rows.len() - 1)],
            None => value, // A constant, or a variable's address.
        }
    }

    /// A value as vector `u` of row `r`.
    unsafe fn vector(&mut self, value: LLVMValueRef, r: u32, u: u32) -> LLVMValueRef {
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
    unsafe fn splat(&self, scalar: LLVMValueRef) -> LLVMValueRef {
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

    unsafe fn wide(&self, ty: LLVMTypeRef) -> LLVMTypeRef {
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

    /// Arithmetic, a conversion, a comparison, a choice or a call of LLVM's own functions, made anew
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
                    let callee = intrinsic::of_type(self.body.module, old, ty);
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

    unsafe fn load(&mut self, old: LLVMValueRef, r: u32, u: u32) -> LLVMValueRef {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            let (pointer, ty) = (LLVMGetOperand(old, 0), LLVMTypeOf(old));
            let (wide, align) = (self.wide(ty), LLVMGetAlignment(old));
            let load = if self.body.variations.is_contiguous(pointer, ty) {
                let address = self.place(pointer, ty, r, u);
                match self.mask {
                    None => {
                        let load = LLVMBuildLoad2(b, wide, address, EMPTY.as_ptr());
                        LLVMSetAlignment(load, align);
                        load
                    }
                    Some(mask) => {
                        let arguments = vec![address, mask, LLVMConstNull(wide)];
                        self.masked(
                            "llvm.masked.load",
                            &[wide, LLVMTypeOf(address)],
                            arguments,
                            1,
                            align,
                        )
                    }
                }
            } else {
                let addresses = self.vector(pointer, r, u);
                let mask = self.mask.unwrap_or_else(|| self.all());
                let arguments = vec![addresses, mask, LLVMConstNull(wide)];
                self.masked(
                    "llvm.masked.gather",
                    &[wide, LLVMTypeOf(addresses)],
                    arguments,
                    1,
                    align,
                )
            };
            self.keep_type(old, load);
            load
        }
    }

    /// A load that all rows share: packed, or out of what has been packed.
    unsafe fn through(&mut self, old: LLVMValueRef, packed: Packed) -> Vec<LLVMValueRef> {
        let (b, name) = (self.builder.raw(), EMPTY.as_ptr());
        // SAFETY: as the caller promises.
        unsafe {
            let i8 = LLVMInt8TypeInContext(self.body.context.raw());
            let ty = LLVMTypeOf(old);
            let wide = self.wide(ty);
            let layout = LLVMGetModuleDataLayout(self.body.module.raw());
            let size = LLVMABISizeOfType(layout, ty);
            let bytes = size * u64::from(self.body.width * self.task.vectors);
            let used = LLVMBuildLoad2(b, self.i64, packed.used, name);
            let mut at = used;
            if let Some(last) = packed.last {
                let less = LLVMIntPredicate::LLVMIntULT;
                let fits = LLVMBuildICmp(b, less, used, last, name);
                at = LLVMBuildSelect(b, fits, used, last, name);
            }
            let from = LLVMBuildGEP2(b, i8, packed.place, &mut at, 1, name);
            let mut all = Vec::new();
            for u in 0..self.task.vectors {
                let place = self.further(from, ty, u);
                if packed.last.is_some() {
                    let vector = self.load(old, 0, u);
                    let store = LLVMBuildStore(b, vector, place);
                    LLVMSetAlignment(store, size as u32);
                    all.push(vector);
                } else {
                    let load = LLVMBuildLoad2(b, wide, place, name);
                    LLVMSetAlignment(load, size as u32);
                    all.push(load);
                }
            }
            let next = LLVMBuildAdd(b, used, LLVMConstInt(self.i64, bytes, 0), name);
            LLVMBuildStore(b, next, packed.used);
            all
        }
    }

    unsafe fn store(&mut self, old: LLVMValueRef) {
        // SAFETY: as the caller promises.
        unsafe {
            let (value, pointer) = (LLVMGetOperand(old, 0), LLVMGetOperand(old, 1));
            let (ty, align) = (LLVMTypeOf(value), LLVMGetAlignment(old));
            for r in 0..self.task.rows {
                for u in 0..self.task.vectors {
                    let value = self.vector(value, r, u);
                    let store = if self.body.variations.is_contiguous(pointer, ty) {
                        let address = self.place(pointer, ty, r, u);
                        self.put(value, address, align)
                    } else {
                        let addresses = self.vector(pointer, r, u);
                        let mask = self.mask.unwrap_or_else(|| self.all());
                        let types = [LLVMTypeOf(value), LLVMTypeOf(addresses)];
                        let arguments = vec![value, addresses, mask];
                        self.masked("llvm.masked.scatter", &types, arguments, 2, align)
                    };
                    self.keep_type(old, store);
                }
            }
        }
    }

    /// Stores a vector, as far as its lanes count.
    unsafe fn put(
        &mut self,
        value: LLVMValueRef,
        address: LLVMValueRef,
        align: u32,
    ) -> LLVMValueRef {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            match self.mask {
                None => {
                    let store = LLVMBuildStore(b, value, address);
                    LLVMSetAlignment(store, align);
                    store
                }
                Some(mask) => {
                    let types = [LLVMTypeOf(value), LLVMTypeOf(address)];
                    self.masked("llvm.masked.store", &types, vec![value, address, mask], 2, align)
                }
            }
        }
    }

    /// The address of vector `u` of what lies side by side from `pointer` on.
    unsafe fn place(&self, pointer: LLVMValueRef, ty: LLVMTypeRef, r: u32, u: u32) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe { self.further(self.scalar(pointer, r), ty, u) }
    }

    /// The address `u` vectors of elements of type `ty` behind another.
    unsafe fn further(&self, from: LLVMValueRef, ty: LLVMTypeRef, u: u32) -> LLVMValueRef {
        if u == 0 {
            return from;
        }
        // SAFETY: as the caller promises.
        unsafe {
            let mut lanes = LLVMConstInt(self.i64, u64::from(u * self.body.width), 0);
            LLVMBuildGEP2(self.builder.raw(), ty, from, &mut lanes, 1, EMPTY.as_ptr())
        }
    }

    /// A mask in which all lanes count.
    unsafe fn all(&self) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            let i1 = LLVMInt1TypeInContext(self.body.context.raw());
            LLVMConstAllOnes(self.wide(i1))
        }
    }

    /// Calls one of LLVM's functions for accesses in which not all lanes need count. Argument number
    /// `pointer`, counted from 1, holds the addresses.
    unsafe fn masked(
        &self,
        name: &str,
        types: &[LLVMTypeRef],
        mut arguments: Vec<LLVMValueRef>,
        pointer: u32,
        align: u32,
    ) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            let callee = intrinsic::named(self.body.module, name, types);
            let ty = LLVMGlobalGetValueType(callee);
            let count = arguments.len() as u32;
            let b = self.builder.raw();
            let call = LLVMBuildCall2(b, ty, callee, arguments.as_mut_ptr(), count, EMPTY.as_ptr());
            let kind = llvm::attribute_kind("align");
            let align = LLVMCreateEnumAttribute(self.body.context.raw(), kind, u64::from(align));
            LLVMAddCallSiteAttribute(call, pointer, align);
            call
        }
    }

    /// What C says of the type of an access holds for all lanes.
    unsafe fn keep_type(&self, old: LLVMValueRef, new: LLVMValueRef) {
        // SAFETY: as the caller promises; loads, stores and calls may have metadata.
        unsafe {
            let kind = llvm::metadata_kind(self.body.context, "tbaa");
            let node = LLVMGetMetadata(old, kind);
            if !node.is_null() {
                LLVMSetMetadata(new, kind, node);
            }
        }
    }

    /// What inlining said of pointers that do not alias, it said of one iteration.
    unsafe fn drop_scopes(&self, new: LLVMValueRef) {
        for name in ["alias.scope", "noalias"] {
            let kind = llvm::metadata_kind(self.body.context, name);
            // SAFETY: as the caller promises.
            unsafe { LLVMSetMetadata(new, kind, std::ptr::null_mut()) };
        }
    }

    unsafe fn branch(&mut self, old: LLVMValueRef) {
        // SAFETY: as the caller promises. All iterations go the same way, which the first row knows.
        unsafe {
            let new = LLVMInstructionClone(old);
            for k in 0..LLVMGetNumSuccessors(old) {
                LLVMSetSuccessor(new, k, self.blocks[&LLVMGetSuccessor(old, k)]);
            }
            match LLVMGetInstructionOpcode(old) {
                LLVMOpcode::LLVMBr if LLVMIsConditional(old) != 0 => {
                    LLVMSetCondition(new, self.scalar(LLVMGetCondition(old), 0));
                }
                LLVMOpcode::LLVMSwitch => {
                    LLVMSetOperand(new, 0, self.scalar(LLVMGetOperand(old, 0), 0));
                }
                _ => {}
            }
            LLVMInsertIntoBuilder(self.builder.raw(), new);
        }
    }

    /// Collects what the body returns, and returns.
    unsafe fn finish(&mut self, old: LLVMValueRef) {
        let b = self.builder.raw();
        // SAFETY: as the caller promises.
        unsafe {
            if let Some(Packed { used, last: Some(_), .. }) = self.packed {
                let used = LLVMBuildLoad2(b, self.i64, used, EMPTY.as_ptr());
                let most = LLVMConstInt(self.i64, self.most_bytes(), 0);
                LLVMBuildRet(b, LLVMBuildAdd(b, used, most, EMPTY.as_ptr()));
                return;
            }
            if let Some((result, pitch)) = self.result {
                let value = LLVMGetOperand(old, 0);
                let is_bool = *self.body.returns == Type::Scalar(Scalar::Bool);
                let i8 = LLVMInt8TypeInContext(self.body.context.raw());
                let ty = if is_bool { i8 } else { LLVMTypeOf(value) };
                let layout = LLVMGetModuleDataLayout(self.body.module.raw());
                let align = LLVMABISizeOfType(layout, ty) as u32;
                for r in 0..self.task.rows {
                    let row = LLVMConstInt(self.i64, u64::from(r), 0);
                    let mut offset = LLVMBuildMul(b, pitch, row, EMPTY.as_ptr());
                    let first = LLVMBuildGEP2(b, ty, result, &mut offset, 1, EMPTY.as_ptr());
                    for u in 0..self.task.vectors {
                        let mut vector = self.vector(value, r, u);
                        if is_bool {
                            vector = LLVMBuildZExt(b, vector, self.wide(i8), EMPTY.as_ptr());
                        }
                        let address = self.further(first, ty, u);
                        self.put(vector, address, align);
                    }
                }
            }
            LLVMBuildRetVoid(b);
        }
    }

    /// Tells a phi where its values come from, now that all are there.
    unsafe fn complete(&mut self, old: LLVMValueRef) {
        // SAFETY: as the caller promises. What has to be spread, is spread where it comes from.
        unsafe {
            let wide = self.lane(old) == Lane::Any;
            for k in 0..LLVMCountIncoming(old) {
                let from = LLVMGetIncomingBlock(old, k);
                let Some(&from) = self.blocks.get(&from) else { continue };
                let value = LLVMGetIncomingValue(old, k);
                LLVMPositionBuilderBefore(self.builder.raw(), LLVMGetBasicBlockTerminator(from));
                self.spread.clear();
                for r in 0..self.rows(old) {
                    if !wide {
                        let (mut value, mut from) = (self.scalar(value, r), from);
                        LLVMAddIncoming(self.scalars[&old][r as usize], &mut value, &mut from, 1);
                        continue;
                    }
                    for u in 0..self.task.vectors {
                        let (mut value, mut from) = (self.vector(value, r, u), from);
                        let phi = self.vectors[&old][(r * self.task.vectors + u) as usize];
                        LLVMAddIncoming(phi, &mut value, &mut from, 1);
                    }
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

/// The blocks that can be reached, each behind those that lead to it but for loops.
///
/// # Safety
///
/// `function` is a live function with a body.
pub(super) unsafe fn reverse_postorder(function: LLVMValueRef) -> Vec<LLVMBasicBlockRef> {
    // SAFETY: as the caller promises; every block has a terminator.
    unsafe {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let entry = LLVMGetEntryBasicBlock(function);
        seen.insert(entry);
        let mut path = vec![(entry, 0)];
        while let Some((block, next)) = path.last_mut() {
            let end = LLVMGetBasicBlockTerminator(*block);
            if *next == LLVMGetNumSuccessors(end) {
                order.push(*block);
                path.pop();
                continue;
            }
            let successor = LLVMGetSuccessor(end, *next);
            *next += 1;
            if seen.insert(successor) {
                path.push((successor, 0));
            }
        }
        order.reverse();
        order
    }
}
