//! What the code that uses a pointer tells of the memory behind it.
//!
//! Every load and store that reaches a parameter is looked at: through addresses computed from it, phis
//! and selects, local variables that it is kept in (unoptimised code keeps every parameter so), and
//! functions of the module that it is handed to. Where all are of one type, that is the type of the
//! elements; where they differ, or where the code steps from element to element in another size than it
//! reads (as it does over structs and complex numbers), nothing is told.

use std::collections::HashSet;

use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMOpcode, LLVMTypeKind};
use shiver_signature::{Pointer, Scalar, Type};

use crate::llvm;

/// What is known of the memory behind one parameter.
#[derive(Default)]
pub(crate) struct Accesses {
    element: Element,
    /// The sizes in bytes of what addresses step over.
    strides: HashSet<u64>,
    /// Constant distances in bytes.
    offsets: HashSet<i64>,
    written: bool,
    /// Somebody gets to know the address who may write.
    escaped: bool,
    seen: HashSet<LLVMValueRef>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Element {
    /// Nothing was accessed.
    #[default]
    None,
    Scalar(Scalar),
    Pointer,
    /// Several types, or one that no array has for its elements.
    Mixed,
}

impl Accesses {
    /// Of parameter `k` of a function.
    ///
    /// # Safety
    ///
    /// `function` is a live function with a body and a pointer for parameter `k`.
    pub(crate) unsafe fn of(function: LLVMValueRef, k: u32) -> Accesses {
        let mut accesses = Accesses::default();
        // SAFETY: as the caller promises.
        unsafe {
            accesses.follow(LLVMGetParam(function, k));
            if is_read_only(function, k) {
                (accesses.written, accesses.escaped) = (false, false);
            }
        }
        accesses
    }

    /// The type of the elements; [`Type::Unknown`] where nothing tells.
    pub(crate) fn element(&self) -> Type {
        let fits = |size: u64| {
            let whole = |&offset: &i64| offset.unsigned_abs().is_multiple_of(size);
            self.strides.iter().all(|&stride| stride == size) && self.offsets.iter().all(whole)
        };
        match self.element {
            Element::Scalar(scalar) if fits(scalar.size() as u64) => Type::Scalar(scalar),
            Element::Pointer if fits(8) => Type::Pointer(Box::new(Pointer {
                to: Type::Unknown,
                is_const: false,
                signless: false,
                dims: vec![],
            })),
            _ => Type::Unknown,
        }
    }

    /// Whether nothing writes to the memory.
    pub(crate) fn is_const(&self) -> bool {
        !self.written && !self.escaped
    }

    /// # Safety
    ///
    /// `ty` is a live type.
    unsafe fn access(&mut self, ty: LLVMTypeRef) {
        // SAFETY: as the caller promises.
        let found = unsafe { element_of(ty) };
        self.element = match self.element {
            Element::None => found,
            element if element == found => element,
            _ => Element::Mixed,
        };
    }

    /// Looks at every use of a pointer, or of a vector of pointers, that leads to the memory.
    ///
    /// # Safety
    ///
    /// `pointer` is a live value inside of a function.
    unsafe fn follow(&mut self, pointer: LLVMValueRef) {
        use LLVMOpcode::*;
        if !self.seen.insert(pointer) {
            return;
        }
        // SAFETY: the users of a parameter and of instructions are live instructions; each question is
        // asked of what has an answer.
        unsafe {
            for user in llvm::users(pointer) {
                match LLVMGetInstructionOpcode(user) {
                    LLVMLoad => self.access(LLVMTypeOf(user)),
                    LLVMStore if LLVMGetOperand(user, 0) == pointer => {
                        self.stored(LLVMGetOperand(user, 1));
                    }
                    LLVMStore => {
                        self.written = true;
                        self.access(LLVMTypeOf(LLVMGetOperand(user, 0)));
                    }
                    LLVMAtomicRMW | LLVMAtomicCmpXchg if LLVMGetOperand(user, 0) == pointer => {
                        self.written = true;
                        self.access(LLVMTypeOf(LLVMGetOperand(user, 1)));
                    }
                    LLVMGetElementPtr => {
                        self.step(user);
                        self.follow(user);
                    }
                    LLVMPHI | LLVMSelect | LLVMFreeze | LLVMBitCast | LLVMAddrSpaceCast
                    | LLVMInsertElement | LLVMShuffleVector => self.follow(user),
                    LLVMCall | LLVMInvoke => self.handed(user, pointer),
                    LLVMICmp => {}
                    _ => self.escaped = true,
                }
            }
        }
    }

    /// The pointer itself was put into memory: followed where that is a local variable.
    ///
    /// # Safety
    ///
    /// `place` is a live pointer.
    unsafe fn stored(&mut self, place: LLVMValueRef) {
        use LLVMOpcode::*;
        // SAFETY: as the caller promises; users of a local variable are instructions.
        unsafe {
            let is_local = !LLVMIsAInstruction(place).is_null()
                && LLVMGetInstructionOpcode(place) == LLVMAlloca;
            if !is_local {
                self.escaped = true;
                return;
            }
            for user in llvm::users(place) {
                match LLVMGetInstructionOpcode(user) {
                    LLVMLoad => self.follow(user),
                    LLVMStore if LLVMGetOperand(user, 1) == place => {}
                    LLVMCall if is_harmless(&callee_name(user)) => {}
                    _ => self.escaped = true,
                }
            }
        }
    }

    /// What the computation of an address tells of the distance between elements.
    ///
    /// # Safety
    ///
    /// `gep` is a live `getelementptr`.
    unsafe fn step(&mut self, gep: LLVMValueRef) {
        use LLVMTypeKind::*;
        // SAFETY: as the caller promises; sizes are asked of types that have one.
        unsafe {
            let mut ty = LLVMGetGEPSourceElementType(gep);
            let mut count = 1;
            let mut nested = false;
            loop {
                match LLVMGetTypeKind(ty) {
                    LLVMArrayTypeKind => {
                        count *= LLVMGetArrayLength2(ty);
                        nested = true;
                        ty = LLVMGetElementType(ty);
                    }
                    LLVMVectorTypeKind => ty = LLVMGetElementType(ty),
                    _ => break,
                }
            }
            match element_of(ty) {
                // Over `[16 x i8]` goes who steps from one record of 16 bytes to the next; bytes alone
                // tell as much as a constant does.
                Element::Scalar(Scalar::Int8) if nested => {
                    if LLVMGetNumIndices(gep) == 1 {
                        self.strides.insert(count);
                    }
                }
                Element::Scalar(Scalar::Int8) => {
                    let index = LLVMGetOperand(gep, 1);
                    if !LLVMIsAConstantInt(index).is_null() {
                        self.offsets.insert(LLVMConstIntGetSExtValue(index));
                    }
                }
                Element::Scalar(scalar) => drop(self.strides.insert(scalar.size() as u64)),
                Element::Pointer => drop(self.strides.insert(8)),
                Element::None | Element::Mixed => self.element = Element::Mixed,
            }
        }
    }

    /// The pointer is an argument of a call, or what is called.
    ///
    /// # Safety
    ///
    /// `call` is a live call that uses `pointer`.
    unsafe fn handed(&mut self, call: LLVMValueRef, pointer: LLVMValueRef) {
        // SAFETY: as the caller promises; the operands are in range, and a called value that is a
        // function is asked as one.
        unsafe {
            let callee = LLVMGetCalledValue(call);
            let name = callee_name(call);
            let count = LLVMGetNumArgOperands(call);
            for k in (0..count).filter(|&k| LLVMGetOperand(call, k) == pointer) {
                let is = |prefix: &str| name.starts_with(prefix);
                if is_harmless(&name) {
                } else if is("llvm.masked.load.") || is("llvm.masked.gather.") {
                    self.access(LLVMTypeOf(call));
                } else if is("llvm.masked.store.") || is("llvm.masked.scatter.") {
                    self.written = true;
                    self.access(LLVMTypeOf(LLVMGetOperand(call, 0)));
                } else if is("llvm.memcpy.") || is("llvm.memmove.") {
                    // Copies carry any type.
                    self.written |= k == 0;
                } else if is("llvm.memset.") {
                    self.written = true;
                } else if LLVMIsAFunction(callee).is_null() || k >= LLVMCountParams(callee) {
                    self.escaped = true;
                } else if LLVMIsDeclaration(callee) == 0 {
                    self.follow(LLVMGetParam(callee, k));
                } else if !is_read_only(callee, k) {
                    self.escaped = true;
                }
            }
            self.escaped |= callee == pointer;
        }
    }
}

/// Whether the function promises to write nothing through parameter `k`.
///
/// # Safety
///
/// `function` is a live function that has such a parameter.
unsafe fn is_read_only(function: LLVMValueRef, k: u32) -> bool {
    ["readonly", "readnone"].into_iter().any(|name| {
        let kind = llvm::attribute_kind(name);
        // SAFETY: as the caller promises.
        !unsafe { LLVMGetEnumAttributeAtIndex(function, k + 1, kind) }.is_null()
    })
}

/// # Safety
///
/// `call` is a live call.
unsafe fn callee_name(call: LLVMValueRef) -> String {
    // SAFETY: as the caller promises.
    unsafe { llvm::name(LLVMGetCalledValue(call)) }
}

/// Whether an intrinsic only tells the optimiser or the debugger something.
fn is_harmless(name: &str) -> bool {
    const HARMLESS: [&str; 7] = [
        "llvm.lifetime.",
        "llvm.assume",
        "llvm.dbg.",
        "llvm.prefetch.",
        "llvm.invariant.",
        "llvm.objectsize.",
        "llvm.experimental.noalias.",
    ];
    HARMLESS.iter().any(|prefix| name.starts_with(prefix))
}

/// What a value of a type is to the memory it is read from: of a vector, its elements.
///
/// # Safety
///
/// `ty` is a live type.
unsafe fn element_of(ty: LLVMTypeRef) -> Element {
    use LLVMTypeKind::*;
    // SAFETY: as the caller promises; each question is asked of what has an answer.
    unsafe {
        match LLVMGetTypeKind(ty) {
            LLVMVectorTypeKind => element_of(LLVMGetElementType(ty)),
            LLVMPointerTypeKind => Element::Pointer,
            LLVMHalfTypeKind => Element::Scalar(Scalar::Float16),
            LLVMFloatTypeKind => Element::Scalar(Scalar::Float32),
            LLVMDoubleTypeKind => Element::Scalar(Scalar::Float64),
            LLVMIntegerTypeKind => match LLVMGetIntTypeWidth(ty) {
                8 => Element::Scalar(Scalar::Int8),
                16 => Element::Scalar(Scalar::Int16),
                32 => Element::Scalar(Scalar::Int32),
                64 => Element::Scalar(Scalar::Int64),
                // An i1 has no agreed form in memory.
                _ => Element::Mixed,
            },
            _ => Element::Mixed,
        }
    }
}
