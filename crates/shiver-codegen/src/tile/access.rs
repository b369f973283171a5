//! Loads and stores of a tile: vectors that lie side by side, gathered ones, and packed ones.

use llvm_sys::LLVMIntPredicate;
use llvm_sys::core::*;
use llvm_sys::prelude::*;
use llvm_sys::target::{LLVMABISizeOfType, LLVMGetModuleDataLayout};

use super::intrinsic;
use super::widen::{Packed, Widening};
use crate::llvm;
use crate::writer::EMPTY;

impl Widening<'_> {
    pub(super) unsafe fn load(&mut self, old: LLVMValueRef, r: u32, u: u32) -> LLVMValueRef {
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
    pub(super) unsafe fn through(
        &mut self,
        old: LLVMValueRef,
        packed: Packed,
    ) -> Vec<LLVMValueRef> {
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

    pub(super) unsafe fn store(&mut self, old: LLVMValueRef) {
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
    pub(super) unsafe fn put(
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
    pub(super) unsafe fn place(
        &self,
        pointer: LLVMValueRef,
        ty: LLVMTypeRef,
        r: u32,
        u: u32,
    ) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe { self.further(self.scalar(pointer, r), ty, u) }
    }

    /// The address `u` vectors of elements of type `ty` behind another.
    pub(super) unsafe fn further(
        &self,
        from: LLVMValueRef,
        ty: LLVMTypeRef,
        u: u32,
    ) -> LLVMValueRef {
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
    pub(super) unsafe fn all(&self) -> LLVMValueRef {
        // SAFETY: as the caller promises.
        unsafe {
            let i1 = LLVMInt1TypeInContext(self.body.context.raw());
            LLVMConstAllOnes(self.wide(i1))
        }
    }

    /// Calls one of LLVM's functions for accesses in which not all lanes need count. Argument number
    /// `pointer`, counted from 1, holds the addresses.
    pub(super) unsafe fn masked(
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
    pub(super) unsafe fn keep_type(&self, old: LLVMValueRef, new: LLVMValueRef) {
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
    pub(super) unsafe fn drop_scopes(&self, new: LLVMValueRef) {
        for name in ["alias.scope", "noalias"] {
            let kind = llvm::metadata_kind(self.body.context, name);
            // SAFETY: as the caller promises.
            unsafe { LLVMSetMetadata(new, kind, std::ptr::null_mut()) };
        }
    }
}
