//! What a compiler told debuggers of a function's types.
//!
//! `clang -g` and `rustc -g` leave the declared types of every function in its metadata, signs and
//! structs included. LLVM's C interface gives names, sizes, offsets and tags; which operand of a node is
//! which is told by `DebugInfoMetadata.h`, and the encoding of a basic type by its printed form.

use llvm_sys::LLVMTypeKind;
use llvm_sys::core::*;
use llvm_sys::debuginfo::*;
use llvm_sys::prelude::*;
use shiver_signature::{Dim, Field, Pointer, Scalar, Struct, Type};

use crate::llvm;

/// DWARF's tags of types.
mod tag {
    pub(super) const ARRAY: u16 = 0x01;
    pub(super) const CLASS: u16 = 0x02;
    pub(super) const ENUMERATION: u16 = 0x04;
    pub(super) const MEMBER: u16 = 0x0d;
    pub(super) const POINTER: u16 = 0x0f;
    pub(super) const REFERENCE: u16 = 0x10;
    pub(super) const STRUCTURE: u16 = 0x13;
    pub(super) const TYPEDEF: u16 = 0x16;
    pub(super) const CONST: u16 = 0x26;
    pub(super) const VOLATILE: u16 = 0x35;
    pub(super) const RESTRICT: u16 = 0x37;
    pub(super) const RVALUE_REFERENCE: u16 = 0x42;
    pub(super) const ATOMIC: u16 = 0x47;
}

/// The positions of operands.
mod operand {
    /// Of a `DISubprogram`: its `DISubroutineType`.
    pub(super) const TYPE: usize = 4;
    /// Of a `DISubroutineType`: the result's type and the parameters'.
    pub(super) const TYPES: usize = 5;
    /// Of a derived or composite type: what it derives from.
    pub(super) const BASE: usize = 5;
    /// Of a composite type: its members, or an array's dimensions.
    pub(super) const ELEMENTS: usize = 6;
    /// Of a `DISubrange`: how many elements.
    pub(super) const COUNT: usize = 0;
}

/// How deep types are looked into; a list's node points to a list's node.
const DEPTH: u32 = 8;

/// The declared types of a function.
pub(crate) struct Declared {
    pub(crate) returns: Type,
    pub(crate) params: Vec<Type>,
}

/// What is told of `function`; `None` where nothing is, or where its parameters were more or fewer to
/// the programmer than they are to LLVM.
///
/// # Safety
///
/// `function` is a live function.
pub(crate) unsafe fn declared(function: LLVMValueRef) -> Option<Declared> {
    // SAFETY: as the caller promises; the nodes are the function's own.
    unsafe {
        let subprogram = LLVMGetSubprogram(function);
        if subprogram.is_null() {
            return None;
        }
        let reader = Reader { context: LLVMGetTypeContext(LLVMTypeOf(function)) };
        let subroutine = reader.node(subprogram, operand::TYPE)?;
        let types = reader.nodes(reader.node(subroutine, operand::TYPES)?);
        let (returns, params) = types.split_first()?;
        let returns = reader.read(*returns, DEPTH);
        let mut params: Vec<_> = params.iter().map(|&ty| reader.read(ty, DEPTH)).collect();
        let count = LLVMCountParams(function) as usize;
        if params.len() < count {
            // Rust passes a slice as its pointer and its length, and C a small struct as its members.
            params = params.into_iter().flat_map(parts).collect();
        }
        (params.len() == count).then_some(Declared { returns, params })
    }
}

/// Whether a declared type is passed and returned as that type of LLVM's.
///
/// # Safety
///
/// `ty` is a live type.
pub(crate) unsafe fn agrees(declared: &Type, ty: LLVMTypeRef) -> bool {
    use LLVMTypeKind::*;
    // SAFETY: as the caller promises; the width is asked of integers.
    unsafe {
        match (LLVMGetTypeKind(ty), declared) {
            (LLVMVoidTypeKind, Type::Void) | (LLVMPointerTypeKind, Type::Pointer(_)) => true,
            (LLVMIntegerTypeKind, Type::Scalar(scalar)) => {
                let width = LLVMGetIntTypeWidth(ty) as usize;
                let is_bit = *scalar == Scalar::Bool && width == 1;
                is_bit || scalar.range().is_some() && scalar.size() * 8 == width
            }
            (LLVMHalfTypeKind, Type::Scalar(Scalar::Float16))
            | (LLVMFloatTypeKind, Type::Scalar(Scalar::Float32))
            | (LLVMDoubleTypeKind, Type::Scalar(Scalar::Float64)) => true,
            _ => false,
        }
    }
}

/// The members of a struct by value; anything else is one part.
fn parts(ty: Type) -> Vec<Type> {
    match ty {
        Type::Struct(layout) => layout.fields.into_iter().map(|field| field.ty).collect(),
        ty => vec![ty],
    }
}

struct Reader {
    context: LLVMContextRef,
}

/// Nodes come from the module that is read; null stands for an operand that is not there.
impl Reader {
    /// The operands of a node as values.
    ///
    /// # Safety
    ///
    /// `node` is a live node of the context.
    unsafe fn values(&self, node: LLVMMetadataRef) -> Vec<LLVMValueRef> {
        // SAFETY: as the caller promises; LLVM fills as many operands as it announced.
        unsafe {
            let node = LLVMMetadataAsValue(self.context, node);
            if LLVMIsAMDNode(node).is_null() {
                return vec![];
            }
            let mut values = vec![std::ptr::null_mut(); LLVMGetMDNodeNumOperands(node) as usize];
            LLVMGetMDNodeOperands(node, values.as_mut_ptr());
            values
        }
    }

    /// The operands of a node that are nodes themselves; null for all others.
    ///
    /// # Safety
    ///
    /// As for [`Reader::values`].
    unsafe fn nodes(&self, node: LLVMMetadataRef) -> Vec<LLVMMetadataRef> {
        // SAFETY: as the caller promises; what is a node stands as a value here.
        unsafe {
            let as_node = |value: LLVMValueRef| {
                if LLVMIsAMDNode(value).is_null() {
                    return std::ptr::null_mut();
                }
                LLVMValueAsMetadata(value)
            };
            self.values(node).into_iter().map(as_node).collect()
        }
    }

    /// One operand of a node, if it is there and a node.
    ///
    /// # Safety
    ///
    /// As for [`Reader::values`].
    unsafe fn node(&self, node: LLVMMetadataRef, position: usize) -> Option<LLVMMetadataRef> {
        // SAFETY: as the caller promises.
        let found = unsafe { self.nodes(node) }.get(position).copied();
        found.filter(|node| !node.is_null())
    }

    /// A type of the source.
    ///
    /// # Safety
    ///
    /// `ty` is null or a live node of the context.
    unsafe fn read(&self, ty: LLVMMetadataRef, depth: u32) -> Type {
        use LLVMMetadataKind::*;
        if ty.is_null() {
            return Type::Void;
        }
        let Some(depth) = depth.checked_sub(1) else { return Type::Unknown };
        // SAFETY: as the caller promises; tags are asked of nodes that have them.
        unsafe {
            match LLVMGetMetadataKind(ty) {
                LLVMDIBasicTypeMetadataKind => self.basic(ty),
                LLVMDIDerivedTypeMetadataKind => match LLVMGetDINodeTag(ty) {
                    tag::POINTER | tag::REFERENCE | tag::RVALUE_REFERENCE => {
                        self.pointer(ty, depth)
                    }
                    tag::TYPEDEF | tag::CONST | tag::VOLATILE | tag::RESTRICT | tag::ATOMIC => {
                        self.read_base(ty, depth)
                    }
                    _ => Type::Opaque(name(ty)),
                },
                LLVMDICompositeTypeMetadataKind => match LLVMGetDINodeTag(ty) {
                    tag::STRUCTURE | tag::CLASS => self.record(ty, depth),
                    tag::ENUMERATION => self.read_base(ty, depth),
                    tag::ARRAY => self.array(ty, depth),
                    _ => Type::Opaque(name(ty)),
                },
                _ => Type::Opaque("function".to_owned()),
            }
        }
    }

    /// # Safety
    ///
    /// As for [`Reader::values`].
    unsafe fn read_base(&self, ty: LLVMMetadataRef, depth: u32) -> Type {
        // SAFETY: as the caller promises.
        unsafe { self.read(self.node(ty, operand::BASE).unwrap_or(std::ptr::null_mut()), depth) }
    }

    /// # Safety
    ///
    /// `ty` is a live `DIBasicType` of the context.
    unsafe fn basic(&self, ty: LLVMMetadataRef) -> Type {
        // SAFETY: as the caller promises.
        let (text, size, name) = unsafe {
            let value = LLVMMetadataAsValue(self.context, ty);
            (
                llvm::take_message(LLVMPrintValueToString(value)),
                LLVMDITypeGetSizeInBits(ty),
                name(ty),
            )
        };
        let encoding = text
            .split_once("encoding: DW_ATE_")
            .map_or("", |(_, rest)| rest.split([',', ')']).next().unwrap_or_default());
        let scalar = match (encoding, size) {
            ("boolean", 8) => Scalar::Bool,
            ("signed_char", 8) if name == "char" => Scalar::Char,
            ("signed" | "signed_char", 8) => Scalar::Int8,
            ("signed", 16) => Scalar::Int16,
            ("signed", 32) => Scalar::Int32,
            ("signed", 64) => Scalar::Int64,
            ("unsigned" | "unsigned_char" | "UTF", 8) => Scalar::UInt8,
            ("unsigned" | "UTF", 16) => Scalar::UInt16,
            ("unsigned" | "UTF", 32) => Scalar::UInt32,
            ("unsigned", 64) => Scalar::UInt64,
            ("float", 16) => Scalar::Float16,
            ("float", 32) => Scalar::Float32,
            ("float", 64) => Scalar::Float64,
            ("complex_float", 64) => Scalar::Complex64,
            ("complex_float", 128) => Scalar::Complex128,
            _ => return Type::Opaque(name),
        };
        Type::Scalar(scalar)
    }

    /// # Safety
    ///
    /// `ty` is a live pointer or reference of the context.
    unsafe fn pointer(&self, ty: LLVMMetadataRef, depth: u32) -> Type {
        // SAFETY: as the caller promises.
        unsafe {
            // Rust says it in the pointer's name, C in a type of its own.
            let spelled = name(ty);
            let mut is_const = spelled.starts_with("*const ")
                || spelled.starts_with('&') && !spelled.starts_with("&mut ");
            let mut base = self.node(ty, operand::BASE);
            while let Some(node) = base
                && is_derived(node)
                && matches!(
                    LLVMGetDINodeTag(node),
                    tag::TYPEDEF | tag::CONST | tag::VOLATILE | tag::RESTRICT | tag::ATOMIC
                )
            {
                is_const |= LLVMGetDINodeTag(node) == tag::CONST;
                base = self.node(node, operand::BASE);
            }
            let mut to = self.read(base.unwrap_or(std::ptr::null_mut()), depth);
            let mut dims = Vec::new();
            while let Type::Array { of, len } = to {
                dims.push(if len == 0 { Dim::Unknown } else { Dim::Const(len) });
                to = *of;
            }
            Type::Pointer(Box::new(Pointer { to, is_const, signless: false, dims }))
        }
    }

    /// A C array; where the number of elements is no constant, it counts as 0.
    ///
    /// # Safety
    ///
    /// `ty` is a live array type of the context.
    unsafe fn array(&self, ty: LLVMMetadataRef, depth: u32) -> Type {
        // SAFETY: as the caller promises.
        unsafe {
            let of = self.read_base(ty, depth);
            let ranges = self.node(ty, operand::ELEMENTS).map_or(vec![], |node| self.nodes(node));
            ranges.into_iter().rev().fold(of, |of, range| {
                let count = self.values(range).get(operand::COUNT).copied();
                let count =
                    count.filter(|&count| !count.is_null() && !LLVMIsAConstantInt(count).is_null());
                let len = count.map_or(0, |count| LLVMConstIntGetSExtValue(count).max(0));
                Type::Array { of: Box::new(of), len: len.unsigned_abs() }
            })
        }
    }

    /// A struct whose members lie at whole bytes; anything else is known by its name alone.
    ///
    /// # Safety
    ///
    /// `ty` is a live structure type of the context.
    unsafe fn record(&self, ty: LLVMMetadataRef, depth: u32) -> Type {
        // SAFETY: as the caller promises.
        unsafe {
            let opaque = || Type::Opaque(name(ty));
            let size = LLVMDITypeGetSizeInBits(ty);
            let members = self.node(ty, operand::ELEMENTS).map_or(vec![], |node| self.nodes(node));
            let mut fields = Vec::new();
            for member in members {
                let is_member = !member.is_null()
                    && is_derived(member)
                    && LLVMGetDINodeTag(member) == tag::MEMBER;
                let special = LLVMDIFlagBitField | LLVMDIFlagStaticMember;
                if !is_member || LLVMDITypeGetFlags(member) & special != 0 {
                    return opaque();
                }
                fields.push(Field {
                    name: name(member),
                    offset: LLVMDITypeGetOffsetInBits(member) / 8,
                    ty: self.read_base(member, depth),
                });
            }
            if fields.is_empty() || size == 0 {
                return opaque();
            }
            // Rust puts members in another order than they are declared in.
            fields.sort_by_key(|field| field.offset);
            let align = fields.iter().map(|field| align_of(&field.ty)).max().unwrap_or(1);
            Type::Struct(Box::new(Struct { name: name(ty), size: size / 8, align, fields }))
        }
    }
}

/// # Safety
///
/// `node` is a live node.
unsafe fn is_derived(node: LLVMMetadataRef) -> bool {
    // SAFETY: as the caller promises.
    let kind = unsafe { LLVMGetMetadataKind(node) };
    matches!(kind, LLVMMetadataKind::LLVMDIDerivedTypeMetadataKind)
}

/// What a type is called in the source.
///
/// # Safety
///
/// `ty` is a live type node.
unsafe fn name(ty: LLVMMetadataRef) -> String {
    let mut length = 0;
    // SAFETY: as the caller promises; LLVM gives a pointer and its length, or null and 0.
    unsafe {
        let start = LLVMDITypeGetName(ty, &mut length).cast::<u8>();
        if start.is_null() {
            return String::new();
        }
        String::from_utf8_lossy(std::slice::from_raw_parts(start, length)).into_owned()
    }
}

fn align_of(ty: &Type) -> u64 {
    match ty {
        Type::Scalar(scalar) => scalar.align() as u64,
        Type::Struct(layout) => layout.align,
        Type::Array { of, .. } => align_of(of),
        _ => 8,
    }
}
