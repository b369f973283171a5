//! What LLVM's optimiser says of its work: what `remarks.h` declares, made safe.

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};

use llvm_sys::prelude::LLVMContextRef;
use serde::{Deserialize, Serialize};

/// Something that LLVM did, did not do, or the reason why not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Remark {
    /// Which of the three.
    pub kind: RemarkKind,
    /// The pass that says it, such as `"loop-vectorize"`.
    pub pass: String,
    /// LLVM's name for what it says, such as `"CFGNotUnderstood"`.
    pub name: String,
    /// The symbol of the function that it is about.
    pub function: String,
    /// Where in the source; `None` where the code tells no places.
    pub place: Option<Place>,
    /// What it says, in LLVM's words.
    pub message: String,
}

/// What kind of remark it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RemarkKind {
    /// Something was done.
    Passed,
    /// Something was not done.
    Missed,
    /// Why not.
    Analysis,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1; 0 where it is not known.
    pub column: u32,
}

/// What a context was told since it was last asked.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) errors: Vec<String>,
    pub(crate) remarks: Vec<Remark>,
}

/// `shiver_told`.
#[repr(C)]
struct Raw {
    kind: c_int,
    pass: *const c_char,
    name: *const c_char,
    function: *const c_char,
    file: *const c_char,
    line: c_uint,
    column: c_uint,
    message: *const c_char,
}

unsafe extern "C" {
    fn shiver_listen(
        context: LLVMContextRef,
        tell: unsafe extern "C" fn(*mut c_void, *const Raw),
        data: *mut c_void,
    );
}

/// Has errors and remarks of that context go to `told`.
///
/// # Safety
///
/// `told` lives as long as the context, and is used by the one thread that works in it.
pub(crate) unsafe fn listen(context: LLVMContextRef, told: &RefCell<Told>) {
    let data = std::ptr::from_ref(told).cast_mut().cast();
    // SAFETY: the context is valid; the rest is the caller's promise.
    unsafe { shiver_listen(context, on_told, data) }
}

unsafe extern "C" fn on_told(data: *mut c_void, told: *const Raw) {
    // SAFETY: the handler hands over what `listen` gave it, and texts that live as long as the call.
    unsafe {
        let (into, told) = (&*data.cast::<RefCell<Told>>(), &*told);
        let text = |start| CStr::from_ptr(start).to_string_lossy().into_owned();
        let kind = match told.kind {
            0 => return into.borrow_mut().errors.push(text(told.message)),
            1 => RemarkKind::Passed,
            2 => RemarkKind::Missed,
            _ => RemarkKind::Analysis,
        };
        let place = Place { file: text(told.file), line: told.line, column: told.column };
        into.borrow_mut().remarks.push(Remark {
            kind,
            pass: text(told.pass),
            name: text(told.name),
            function: text(told.function),
            place: (!place.file.is_empty()).then_some(place),
            message: text(told.message),
        });
    }
}
