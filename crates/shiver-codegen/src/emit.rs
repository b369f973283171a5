//! LLVM's back end: a module becomes an object or assembly.

use std::ffi::CString;
use std::ops::Deref;
use std::ptr;
use std::sync::{Mutex, PoisonError};

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

/// Machines that nobody uses. Held for single operations; a compile has one of its own.
static IDLE: Mutex<Vec<(Cpu, Machine)>> = Mutex::new(Vec::new());

/// How many are kept: as many as usually compile at once.
const KEPT: usize = 4;

// SAFETY: a machine may be used by any thread, one at a time, which a lease sees to.
unsafe impl Send for Machine {}

/// The use of a machine, which lies idle again afterwards.
pub(crate) struct Lease {
    cpu: Cpu,
    machine: Option<Machine>,
}

impl Deref for Lease {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        self.machine.as_ref().expect("taken on drop only")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(machine) = self.machine.take()
            && idle.len() < KEPT
        {
            idle.push((self.cpu.clone(), machine));
        }
    }
}

impl Machine {
    /// A machine for that CPU: one that is lying idle, or a new one. What LLVM works out for a CPU
    /// costs a quarter of a small compile (2026-11: 2 of 8 ms), and a machine keeps it.
    pub(crate) fn of(cpu: &Cpu) -> Result<Lease, Error> {
        let idle = {
            let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
            let found = idle.iter().position(|(known, _)| known == cpu);
            found.map(|k| idle.swap_remove(k).1)
        };
        let machine = idle.map_or_else(|| Machine::new(cpu), Ok)?;
        Ok(Lease { cpu: cpu.clone(), machine: Some(machine) })
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
