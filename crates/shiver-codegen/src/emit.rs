//! LLVM's back end: a module becomes an object or assembly.

use std::cell::RefCell;
use std::ffi::CString;
use std::ptr;
use std::rc::Rc;

use llvm_sys::target::{LLVMDisposeTargetData, LLVMSetModuleDataLayout, LLVMTargetDataRef};
use llvm_sys::target_machine::*;
use shiver_llvm::{Cpu, TRIPLE};

use crate::Error;
use crate::llvm::{self, Buffer, Context, Module};

/// LLVM's description of a CPU, as its optimiser and its back end use it.
pub(crate) struct Machine {
    raw: LLVMTargetMachineRef,
    layout: LLVMTargetDataRef,
}

impl Machine {
    /// This thread's machine for that CPU. One that was made keeps what LLVM works out for a CPU, which
    /// costs a quarter of a small compile (2026-11: 2 of 8 ms); it must not be used by two threads at
    /// once.
    pub(crate) fn of(cpu: &Cpu) -> Result<Rc<Machine>, Error> {
        thread_local! {
            static LAST: RefCell<Option<(Cpu, Rc<Machine>)>> = const { RefCell::new(None) };
        }
        LAST.with_borrow_mut(|last| {
            if let Some((_, machine)) = last.as_ref().filter(|(known, _)| known == cpu) {
                return Ok(Rc::clone(machine));
            }
            let machine = Rc::new(Machine::new(cpu)?);
            *last = Some((cpu.clone(), Rc::clone(&machine)));
            Ok(machine)
        })
    }

    fn new(cpu: &Cpu) -> Result<Machine, Error> {
        shiver_llvm::initialize();
        let c = |text: &str| CString::new(text).map_err(|_| unknown_cpu(cpu));
        let (triple, name, features) = (c(TRIPLE)?, c(&cpu.name)?, c(&cpu.features)?);
        let mut target = ptr::null_mut();
        let mut message = ptr::null_mut();
        // SAFETY: the strings are terminated and copied; the target lives as long as the process.
        // Position-independent code reaches far symbols through a table, as the loader expects.
        unsafe {
            if LLVMGetTargetFromTriple(triple.as_ptr(), &mut target, &mut message) != 0 {
                return Err(Error::Backend { message: llvm::take_message(message) });
            }
            let raw = LLVMCreateTargetMachine(
                target,
                triple.as_ptr(),
                name.as_ptr(),
                features.as_ptr(),
                LLVMCodeGenOptLevel::LLVMCodeGenLevelAggressive,
                LLVMRelocMode::LLVMRelocPIC,
                LLVMCodeModel::LLVMCodeModelDefault,
            );
            if raw.is_null() {
                return Err(unknown_cpu(cpu));
            }
            Ok(Machine { raw, layout: LLVMCreateTargetDataLayout(raw) })
        }
    }

    pub(crate) fn raw(&self) -> LLVMTargetMachineRef {
        self.raw
    }

    pub(crate) fn set_layout(&self, module: &Module<'_>) {
        // SAFETY: both are valid; the module copies the layout.
        unsafe { LLVMSetModuleDataLayout(module.raw(), self.layout) }
    }

    pub(crate) fn object(&self, context: &Context, module: &Module<'_>) -> Result<Vec<u8>, Error> {
        self.emit(context, module, LLVMCodeGenFileType::LLVMObjectFile)
    }

    pub(crate) fn assembly(&self, context: &Context, module: &Module<'_>) -> Result<String, Error> {
        let text = self.emit(context, module, LLVMCodeGenFileType::LLVMAssemblyFile)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn emit(
        &self,
        context: &Context,
        module: &Module<'_>,
        kind: LLVMCodeGenFileType,
    ) -> Result<Vec<u8>, Error> {
        let mut message = ptr::null_mut();
        let mut buffer = ptr::null_mut();
        // SAFETY: machine and module are valid; LLVM gives a message where it fails and else a
        // buffer, which is owned from here on.
        unsafe {
            let failed = LLVMTargetMachineEmitToMemoryBuffer(
                self.raw,
                module.raw(),
                kind,
                &mut message,
                &mut buffer,
            );
            if failed != 0 {
                return Err(Error::Backend { message: llvm::take_message(message) });
            }
        }
        let buffer = Buffer(buffer);
        // Some faults, of inline assembly for one, are reported through the context alone.
        match context.take_errors() {
            Some(message) => Err(Error::Backend { message }),
            None => Ok(buffer.bytes().to_vec()),
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // SAFETY: this handle owns both.
        unsafe {
            LLVMDisposeTargetData(self.layout);
            LLVMDisposeTargetMachine(self.raw);
        }
    }
}

fn unknown_cpu(cpu: &Cpu) -> Error {
    Error::Unsupported { message: format!("LLVM knows no CPU {:?}", cpu.name) }
}
