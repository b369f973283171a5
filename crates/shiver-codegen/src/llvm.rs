//! Owners for LLVM's objects, and the calls that are made everywhere.
//!
//! A [`Context`] owns everything that is made in it; a [`Module`] borrows its context, so the
//! compiler holds them to their order. Handles to values, types and blocks are LLVM's own pointers:
//! they live as long as their module, and functions that take them are `unsafe` or private to the
//! files that hold the module.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::marker::PhantomData;
use std::ptr;

use llvm_sys::analysis::{LLVMVerifierFailureAction, LLVMVerifyModule};
use llvm_sys::bit_reader::LLVMParseBitcodeInContext2;
use llvm_sys::bit_writer::LLVMWriteBitcodeToMemoryBuffer;
use llvm_sys::core::*;
use llvm_sys::debuginfo::LLVMStripModuleDebugInfo;
use llvm_sys::ir_reader::LLVMParseIRInContext2;
use llvm_sys::linker::LLVMLinkModules2;
use llvm_sys::prelude::*;
use llvm_sys::{LLVMAttributeIndex, LLVMDiagnosticSeverity};

use crate::Error;
use crate::remarks::{self, Remark, Told};

/// An LLVM context, and what LLVM reported through it.
pub(crate) struct Context {
    raw: LLVMContextRef,
    /// Boxed, since LLVM holds its address.
    told: Box<RefCell<Told>>,
    /// Whether remarks are made.
    listens: bool,
}

impl Context {
    pub(crate) fn new() -> Context {
        shiver_llvm::initialize();
        let told = Box::new(RefCell::new(Told::default()));
        // SAFETY: the handler's data is the box's content, which lives as long as the context; the
        // handler replaces LLVM's own, which prints to stderr and ends the process.
        unsafe {
            let raw = LLVMContextCreate();
            let data = ptr::from_ref::<RefCell<Told>>(&told).cast_mut().cast();
            LLVMContextSetDiagnosticHandler(raw, Some(on_diagnostic), data);
            Context { raw, told, listens: false }
        }
    }

    /// A context in which LLVM also says what its optimiser does and why. It then works out more than
    /// the code needs.
    pub(crate) fn listening() -> Context {
        let mut context = Context::new();
        // SAFETY: as above: the box's content is the handler's data.
        unsafe { remarks::listen(context.raw, &context.told) };
        context.listens = true;
        context
    }

    /// Whether remarks are made.
    pub(crate) fn listens(&self) -> bool {
        self.listens
    }

    pub(crate) fn raw(&self) -> LLVMContextRef {
        self.raw
    }

    /// The errors reported since the last call, as one message.
    pub(crate) fn take_errors(&self) -> Option<String> {
        let errors = std::mem::take(&mut self.told.borrow_mut().errors);
        (!errors.is_empty()).then(|| errors.join("; "))
    }

    /// The remarks made since the last call.
    pub(crate) fn take_remarks(&self) -> Vec<Remark> {
        std::mem::take(&mut self.told.borrow_mut().remarks)
    }

    /// Adds a remark of our own to LLVM's.
    pub(crate) fn note(&self, remark: Remark) {
        self.told.borrow_mut().remarks.push(remark);
    }

    /// Reads bitcode.
    pub(crate) fn parse_bitcode(&self, bitcode: &[u8]) -> Result<Module<'_>, Error> {
        let mut module = ptr::null_mut();
        // SAFETY: the buffer outlives the call, which reads it whole.
        let failed = unsafe {
            let buffer = Buffer::borrow(bitcode);
            LLVMParseBitcodeInContext2(self.raw, buffer.0, &mut module)
        };
        if failed != 0 {
            let message = self.take_errors().unwrap_or_else(|| "not bitcode".to_owned());
            return Err(Error::Parse { message });
        }
        Ok(Module { raw: module, context: PhantomData })
    }

    /// Reads textual IR.
    pub(crate) fn parse_text(&self, text: &str) -> Result<Module<'_>, Error> {
        let mut module = ptr::null_mut();
        let mut message = ptr::null_mut();
        let text = CString::new(text)
            .map_err(|_| Error::Parse { message: "the text holds a NUL character".to_owned() })?;
        // SAFETY: the buffer, which must be followed by a NUL as a C string is, outlives the call.
        let failed = unsafe {
            let buffer = Buffer::borrow_terminated(&text);
            LLVMParseIRInContext2(self.raw, buffer.0, &mut module, &mut message)
        };
        // SAFETY: LLVM gives a message just where it failed.
        let message = unsafe { take_message(message) };
        if failed != 0 {
            return Err(Error::Parse { message });
        }
        Ok(Module { raw: module, context: PhantomData })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: every module borrows the context, so none is left.
        unsafe { LLVMContextDispose(self.raw) }
    }
}

extern "C" fn on_diagnostic(info: LLVMDiagnosticInfoRef, data: *mut c_void) {
    // SAFETY: LLVM hands over a valid diagnostic and the data that `Context::new` gave it, which
    // lives as long as the context and is used by the one thread that works in it.
    unsafe {
        if LLVMGetDiagInfoSeverity(info) == LLVMDiagnosticSeverity::LLVMDSError {
            let message = take_message(LLVMGetDiagInfoDescription(info));
            (*data.cast::<RefCell<Told>>()).borrow_mut().errors.push(message);
        }
    }
}

/// A module, freed with this handle.
pub(crate) struct Module<'c> {
    raw: LLVMModuleRef,
    context: PhantomData<&'c Context>,
}

impl Module<'_> {
    pub(crate) fn raw(&self) -> LLVMModuleRef {
        self.raw
    }

    /// The module as bitcode.
    pub(crate) fn bitcode(&self) -> Vec<u8> {
        // SAFETY: the module is valid; the buffer that comes back is owned and freed here.
        unsafe { Buffer(LLVMWriteBitcodeToMemoryBuffer(self.raw)).bytes().to_vec() }
    }

    /// The module as text.
    pub(crate) fn text(&self) -> String {
        // SAFETY: the module is valid; the string is LLVM's to free.
        unsafe { take_message(LLVMPrintModuleToString(self.raw)) }
    }

    /// The module as text, without the places of its code.
    pub(crate) fn listing(&self) -> String {
        let copy = self.duplicate();
        // SAFETY: the copy is valid, and its metadata is its own.
        unsafe { LLVMStripModuleDebugInfo(copy.raw) };
        copy.text()
    }

    /// A copy of the module, in the same context.
    pub(crate) fn duplicate(&self) -> Self {
        // SAFETY: the module is valid; the copy is owned by its handle.
        Module { raw: unsafe { LLVMCloneModule(self.raw) }, context: PhantomData }
    }

    /// Takes everything in `other` over into this module.
    pub(crate) fn link(&self, context: &Context, other: Module<'_>) -> Result<(), Error> {
        let other = std::mem::ManuallyDrop::new(other);
        // SAFETY: both modules are valid and of one context; LLVM frees the other, whatever happens.
        let failed = unsafe { LLVMLinkModules2(self.raw, other.raw) };
        match (failed, context.take_errors()) {
            (0, None) => Ok(()),
            (_, message) => Err(Error::Backend {
                message: message.unwrap_or_else(|| "two modules cannot be linked".to_owned()),
            }),
        }
    }

    /// Runs LLVM's verifier.
    pub(crate) fn verify(&self) -> Result<(), Error> {
        let mut message = ptr::null_mut();
        let action = LLVMVerifierFailureAction::LLVMReturnStatusAction;
        // SAFETY: the module is valid; a message comes back in any case.
        let (failed, message) = unsafe {
            let failed = LLVMVerifyModule(self.raw, action, &mut message);
            (failed, take_message(message))
        };
        if failed != 0 { Err(Error::Verify { message: message.trim().to_owned() }) } else { Ok(()) }
    }

    /// The functions, defined or only declared.
    pub(crate) fn functions(&self) -> Vec<LLVMValueRef> {
        // SAFETY: walks the module's list, which is not changed meanwhile.
        unsafe { list(LLVMGetFirstFunction(self.raw), LLVMGetNextFunction) }
    }

    /// The functions that have a body.
    pub(crate) fn definitions(&self) -> Vec<LLVMValueRef> {
        let mut functions = self.functions();
        // SAFETY: the functions are the module's own.
        functions.retain(|&function| unsafe { LLVMIsDeclaration(function) } == 0);
        functions
    }

    /// The global variables.
    pub(crate) fn globals(&self) -> Vec<LLVMValueRef> {
        // SAFETY: walks the module's list, which is not changed meanwhile.
        unsafe { list(LLVMGetFirstGlobal(self.raw), LLVMGetNextGlobal) }
    }

    /// Whether there is a function of that name, defined or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.function(name).is_some()
    }

    /// The function of that name, defined or not.
    pub(crate) fn function(&self, name: &str) -> Option<LLVMValueRef> {
        let name = CString::new(name).ok()?;
        // SAFETY: the name is terminated; null means there is none.
        let function = unsafe { LLVMGetNamedFunction(self.raw, name.as_ptr()) };
        (!function.is_null()).then_some(function)
    }

    /// The function of that name, if it has a body.
    pub(crate) fn definition(&self, name: &str) -> Option<LLVMValueRef> {
        let name = CString::new(name).ok()?;
        // SAFETY: the name is terminated; null means there is none.
        unsafe {
            let function = LLVMGetNamedFunction(self.raw, name.as_ptr());
            (!function.is_null() && LLVMIsDeclaration(function) == 0).then_some(function)
        }
    }
}

impl Drop for Module<'_> {
    fn drop(&mut self) {
        // SAFETY: this handle owns the module.
        unsafe { LLVMDisposeModule(self.raw) }
    }
}

/// A buffer of LLVM's, freed with this handle.
pub(crate) struct Buffer(pub(crate) LLVMMemoryBufferRef);

impl Buffer {
    /// A view of `bytes`, which must outlive it.
    ///
    /// # Safety
    ///
    /// The buffer is dropped before `bytes` go.
    unsafe fn borrow(bytes: &[u8]) -> Buffer {
        // SAFETY: as the caller promises; no terminator is asked for.
        Buffer(unsafe {
            let name = c"shiver".as_ptr();
            LLVMCreateMemoryBufferWithMemoryRange(bytes.as_ptr().cast(), bytes.len(), name, 0)
        })
    }

    /// A view of a terminated text, which must outlive it.
    ///
    /// # Safety
    ///
    /// The buffer is dropped before `text` goes.
    unsafe fn borrow_terminated(text: &CStr) -> Buffer {
        // SAFETY: as the caller promises; the terminator is a C string's.
        Buffer(unsafe {
            let name = c"shiver".as_ptr();
            LLVMCreateMemoryBufferWithMemoryRange(text.as_ptr(), text.count_bytes(), name, 1)
        })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: start and size are the buffer's own, and it lives as long as the borrow.
        unsafe {
            let start = LLVMGetBufferStart(self.0).cast();
            std::slice::from_raw_parts(start, LLVMGetBufferSize(self.0))
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: this handle owns the buffer.
        unsafe { LLVMDisposeMemoryBuffer(self.0) }
    }
}

/// An instruction builder, freed with this handle.
pub(crate) struct Builder(LLVMBuilderRef);

impl Builder {
    pub(crate) fn new(context: &Context) -> Builder {
        // SAFETY: the context is valid.
        Builder(unsafe { LLVMCreateBuilderInContext(context.raw) })
    }

    pub(crate) fn raw(&self) -> LLVMBuilderRef {
        self.0
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        // SAFETY: this handle owns the builder.
        unsafe { LLVMDisposeBuilder(self.0) }
    }
}

/// Walks one of LLVM's intrusive lists.
///
/// # Safety
///
/// `first` is null or the first element of a list that `next` walks and nobody changes meanwhile.
pub(crate) unsafe fn list<T>(
    first: *mut T,
    next: unsafe extern "C" fn(*mut T) -> *mut T,
) -> Vec<*mut T> {
    let mut elements = Vec::new();
    let mut element = first;
    while !element.is_null() {
        elements.push(element);
        // SAFETY: as the caller promises.
        element = unsafe { next(element) };
    }
    elements
}

/// The basic blocks of a function, in order.
///
/// # Safety
///
/// `function` is a live function.
pub(crate) unsafe fn blocks(function: LLVMValueRef) -> Vec<LLVMBasicBlockRef> {
    // SAFETY: as the caller promises.
    unsafe { list(LLVMGetFirstBasicBlock(function), LLVMGetNextBasicBlock) }
}

/// The instructions of a block, in order.
///
/// # Safety
///
/// `block` is a live block.
pub(crate) unsafe fn instructions(block: LLVMBasicBlockRef) -> Vec<LLVMValueRef> {
    // SAFETY: as the caller promises.
    unsafe { list(LLVMGetFirstInstruction(block), LLVMGetNextInstruction) }
}

/// The operands of an instruction or a constant.
///
/// # Safety
///
/// `value` is a live user of values.
pub(crate) unsafe fn operands(value: LLVMValueRef) -> Vec<LLVMValueRef> {
    // SAFETY: as the caller promises; the indices are in range.
    unsafe {
        let count = u32::try_from(LLVMGetNumOperands(value)).unwrap_or(0);
        (0..count).map(|k| LLVMGetOperand(value, k)).collect()
    }
}

/// The users of a value.
///
/// # Safety
///
/// `value` is live.
pub(crate) unsafe fn users(value: LLVMValueRef) -> Vec<LLVMValueRef> {
    // SAFETY: as the caller promises.
    unsafe {
        let uses = list(LLVMGetFirstUse(value), LLVMGetNextUse);
        uses.into_iter().map(|u| LLVMGetUser(u)).collect()
    }
}

/// The name of a value.
///
/// # Safety
///
/// `value` is live.
pub(crate) unsafe fn name(value: LLVMValueRef) -> String {
    let mut length = 0;
    // SAFETY: LLVM gives a pointer and its length, valid until the name changes.
    unsafe {
        let start = LLVMGetValueName2(value, &mut length).cast::<u8>();
        String::from_utf8_lossy(std::slice::from_raw_parts(start, length)).into_owned()
    }
}

/// Gives a value another name.
///
/// # Safety
///
/// `value` is live.
pub(crate) unsafe fn set_name(value: LLVMValueRef, name: &str) {
    // SAFETY: LLVM copies the name.
    unsafe { LLVMSetValueName2(value, name.as_ptr().cast(), name.len()) }
}

/// The parameters' types of a function.
///
/// # Safety
///
/// `function` is a live function.
pub(crate) unsafe fn parameter_types(function: LLVMValueRef) -> Vec<LLVMTypeRef> {
    // SAFETY: as the caller promises.
    unsafe {
        let count = LLVMCountParams(function);
        (0..count).map(|k| LLVMTypeOf(LLVMGetParam(function, k))).collect()
    }
}

/// An attribute without a value, such as `alwaysinline`.
pub(crate) fn attribute(context: &Context, name: &str) -> LLVMAttributeRef {
    // SAFETY: the context is valid, and LLVM copies nothing but the kind's number.
    unsafe { LLVMCreateEnumAttribute(context.raw, attribute_kind(name), 0) }
}

/// The number of an attribute of that name.
pub(crate) fn attribute_kind(name: &str) -> u32 {
    // SAFETY: reads the name only.
    let kind = unsafe { LLVMGetEnumAttributeKindForName(name.as_ptr().cast(), name.len()) };
    assert_ne!(kind, 0, "LLVM knows no attribute {name:?}");
    kind
}

/// The number of a kind of metadata.
pub(crate) fn metadata_kind(context: &Context, name: &str) -> u32 {
    let length = u32::try_from(name.len()).expect("a short name");
    // SAFETY: reads the name only.
    unsafe { LLVMGetMDKindIDInContext(context.raw, name.as_ptr().cast(), length) }
}

/// Where the attributes of a function, of its result and of its parameters are.
pub(crate) const ON_FUNCTION: LLVMAttributeIndex = LLVMAttributeIndex::MAX;

/// Removes a string attribute of a function, if it has it.
///
/// # Safety
///
/// `function` is a live function.
pub(crate) unsafe fn remove_string_attribute(function: LLVMValueRef, key: &str) {
    let length = u32::try_from(key.len()).expect("a short text");
    // SAFETY: as the caller promises; LLVM reads the key only.
    unsafe {
        LLVMRemoveStringAttributeAtIndex(function, ON_FUNCTION, key.as_ptr().cast(), length);
    }
}

/// Sets a string attribute of a function, replacing what it had.
///
/// # Safety
///
/// `function` is a live function of `context`.
pub(crate) unsafe fn set_string_attribute(
    context: &Context,
    function: LLVMValueRef,
    key: &str,
    value: &str,
) {
    let length = |text: &str| u32::try_from(text.len()).expect("a short text");
    // SAFETY: as the caller promises; LLVM copies both strings.
    unsafe {
        let attribute = LLVMCreateStringAttribute(
            context.raw,
            key.as_ptr().cast(),
            length(key),
            value.as_ptr().cast(),
            length(value),
        );
        LLVMAddAttributeAtIndex(function, ON_FUNCTION, attribute);
    }
}

/// A string attribute of a call.
///
/// # Safety
///
/// `call` is a live call.
pub(crate) unsafe fn call_attribute(call: LLVMValueRef, key: &str) -> Option<String> {
    let length = u32::try_from(key.len()).expect("a short text");
    // SAFETY: as the caller promises; the value is the attribute's own, of the length that is told.
    unsafe {
        let key = key.as_ptr().cast();
        let attribute = LLVMGetCallSiteStringAttribute(call, ON_FUNCTION, key, length);
        if attribute.is_null() {
            return None;
        }
        let mut length = 0;
        let value = LLVMGetStringAttributeValue(attribute, &mut length).cast::<u8>();
        let bytes = std::slice::from_raw_parts(value, length as usize);
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

/// Sets a string attribute of a call.
///
/// # Safety
///
/// `call` is a live call of `context`.
pub(crate) unsafe fn set_call_attribute(
    context: &Context,
    call: LLVMValueRef,
    key: &str,
    value: &str,
) {
    let length = |text: &str| u32::try_from(text.len()).expect("a short text");
    // SAFETY: as the caller promises; LLVM copies both strings.
    unsafe {
        let attribute = LLVMCreateStringAttribute(
            context.raw,
            key.as_ptr().cast(),
            length(key),
            value.as_ptr().cast(),
            length(value),
        );
        LLVMAddCallSiteAttribute(call, ON_FUNCTION, attribute);
    }
}

/// The strings under a named metadata whose operands are nodes of one string each.
pub(crate) fn named_strings(module: &Module<'_>, name: &CStr) -> Vec<String> {
    // SAFETY: LLVM fills as many operands as it announced; a node's operands likewise; what is not a
    // string is left out.
    unsafe {
        let count = LLVMGetNamedMetadataNumOperands(module.raw, name.as_ptr());
        let mut nodes = vec![ptr::null_mut(); count as usize];
        LLVMGetNamedMetadataOperands(module.raw, name.as_ptr(), nodes.as_mut_ptr());
        let mut strings = Vec::new();
        for node in nodes {
            let mut parts = vec![ptr::null_mut(); LLVMGetMDNodeNumOperands(node) as usize];
            LLVMGetMDNodeOperands(node, parts.as_mut_ptr());
            for part in parts.into_iter().filter(|part| !part.is_null()) {
                if !LLVMIsAMDString(part).is_null() {
                    let mut length = 0;
                    let start = LLVMGetMDString(part, &mut length).cast::<u8>();
                    let bytes = std::slice::from_raw_parts(start, length as usize);
                    strings.push(String::from_utf8_lossy(bytes).into_owned());
                }
            }
        }
        strings
    }
}

/// Copies a message that LLVM allocated and frees it; null gives an empty text.
///
/// # Safety
///
/// `message` is null or a message of LLVM's that nobody uses afterwards.
pub(crate) unsafe fn take_message(message: *mut c_char) -> String {
    if message.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe {
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        LLVMDisposeMessage(message);
        text
    }
}
