//! LLVM's back end, kept from one module to the next: what `emitter.h` declares, made safe.

use std::ffi::{c_char, c_void};
use std::ptr::NonNull;

use llvm_sys::prelude::LLVMModuleRef;
use llvm_sys::target_machine::LLVMTargetMachineRef;

unsafe extern "C" {
    fn shiver_emitter_make(machine: LLVMTargetMachineRef) -> *mut c_void;
    fn shiver_emitter_run(
        emitter: *mut c_void,
        module: LLVMModuleRef,
        length: *mut usize,
    ) -> *const c_char;
    fn shiver_emitter_free(emitter: *mut c_void);
}

/// The passes that make objects for a machine.
pub(crate) struct Emitter(NonNull<c_void>);

impl Emitter {
    /// New ones; `None` where the machine has none.
    ///
    /// # Safety
    ///
    /// The machine outlives them, and nobody else uses it while they run.
    pub(crate) unsafe fn new(machine: LLVMTargetMachineRef) -> Option<Emitter> {
        // SAFETY: as the caller promises.
        NonNull::new(unsafe { shiver_emitter_make(machine) }).map(Emitter)
    }

    /// Makes an object. What is wrong with the module is told to its context.
    ///
    /// # Safety
    ///
    /// The module is valid, and has the machine's layout.
    pub(crate) unsafe fn object(&mut self, module: LLVMModuleRef) -> Vec<u8> {
        let mut length = 0;
        // SAFETY: the module is valid; the bytes that come back stay until the next call.
        unsafe {
            let start = shiver_emitter_run(self.0.as_ptr(), module, &mut length);
            if length == 0 {
                vec![]
            } else {
                std::slice::from_raw_parts(start.cast(), length).to_vec()
            }
        }
    }
}

impl Drop for Emitter {
    fn drop(&mut self) {
        // SAFETY: this handle owns them.
        unsafe { shiver_emitter_free(self.0.as_ptr()) }
    }
}
