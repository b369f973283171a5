//! LLVM's back end: a module becomes an object or assembly.

use std::cell::RefCell;
use std::ffi::CString;
use std::ops::Deref;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use llvm_sys::target::{LLVMDisposeTargetData, LLVMSetModuleDataLayout, LLVMTargetDataRef};
use llvm_sys::target_machine::*;
use shiver_llvm::{Cpu, TRIPLE};

use crate::Error;
use crate::emitter::Emitter;
use crate::llvm::{self, Buffer, Context, Module};

/// LLVM's description of a CPU, as its optimiser and its back end use it.
pub(crate) struct Machine {
    raw: LLVMTargetMachineRef,
    layout: LLVMTargetDataRef,
    /// Made for the first object.
    emitter: RefCell<Option<Emitter>>,
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
            let layout = LLVMCreateTargetDataLayout(raw);
            Ok(Machine { raw, layout, emitter: RefCell::new(None) })
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
        // SAFETY: an emitter goes before its machine, and who has the lease is alone with both.
        let emitter = self.emitter.take().or_else(|| unsafe { Emitter::new(self.raw) });
        let mut emitter = emitter.ok_or_else(|| Error::Backend {
            message: "LLVM's back end makes no objects for this machine".to_owned(),
        })?;
        self.set_layout(module);
        // SAFETY: the module is valid, and has the machine's layout.
        let object = unsafe { emitter.object(module.raw()) };
        // Some faults, of inline assembly for one, are reported through the context alone. Passes that
        // stopped half-way are not used again.
        match context.take_errors() {
            Some(message) => Err(Error::Backend { message }),
            None => {
                self.emitter.replace(Some(emitter));
                Ok(object)
            }
        }
    }

    pub(crate) fn assembly(&self, context: &Context, module: &Module<'_>) -> Result<String, Error> {
        let text = self.emit_anew(context, module, LLVMCodeGenFileType::LLVMAssemblyFile)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// With passes that are put together for this module alone.
    fn emit_anew(
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
        match context.take_errors() {
            Some(message) => Err(Error::Backend { message }),
            None => Ok(buffer.bytes().to_vec()),
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.emitter.take());
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

#[cfg(test)]
mod tests {
    use shiver_clang::{FastMath, Language, Options};

    use super::*;
    use crate::compile::{Body, Optimized, optimize_nest};
    use crate::shape::Shape;

    /// Bodies that leave different things behind in a back end: constants, jump tables, calls, assembly
    /// that is right and wrong, arrays on the stack, vectors and none.
    fn bodies() -> Vec<(Options, &'static str)> {
        let c = Options::default();
        let fast = Options { fastmath: FastMath::all(), ..Options::default() };
        let cxx = Options { language: Language::Cxx17, ..Options::default() };
        vec![
            (c.clone(), "void f(double *x, long i) { x[i] += 1.25; }"),
            (c.clone(), "static const int t[] = {3, 1, 4, 1, 5}; int f(long i) { return t[i % 5]; }"),
            (
                c.clone(),
                "int f(int i) { switch (i % 9) { case 0: return 7; case 1: return 3; case 2: return 9;
                 case 4: return i * 5; case 5: return i / 3; case 7: return 11; default: return -i; } }",
            ),
            (c.clone(), "double far(double); double f(double *x, long i) { return far(x[i]) + far(3); }"),
            (c.clone(), "long f(long i) { __asm__(\"no such instruction\"); return i; }"),
            (c.clone(), "long f(long i) { long r; __asm__(\"lea 1(%1), %0\" : \"=r\"(r) : \"r\"(i)); return r; }"),
            (
                c.clone(),
                "double f(const double *x, long i) { volatile double a[99]; for (int k = 0; k < 99; k++)
                 a[k] = x[k] * i; return a[i % 99]; }",
            ),
            (c, "#include <math.h>\nfloat f(const float *x, long i) { return sinf(x[i]) * 2; }"),
            (fast, "float f(const float *x, int i) { return x[i] * x[i] + x[i]; }"),
            (cxx, "static int n = 5; extern \"C\" int f(unsigned char i) { return n++ + i; }"),
        ]
    }

    /// What the machine's own passes make of a body, and what new ones do.
    fn both(machine: &Machine, options: &Options, source: &str) -> [Result<Vec<u8>, String>; 2] {
        let cpu = Cpu::host();
        let compiled = shiver_clang::compile(source, options, cpu).unwrap();
        let context = Context::new();
        let body = Body { bitcode: &compiled.bitcode, symbol: &compiled.signatures[0].symbol };
        let shape =
            Shape { indices: 1, unit_steps: true, reduction: None, tiles: true, streams: 0 };
        let Optimized { module, .. } =
            optimize_nest(&context, body, None, shape, cpu, &mut |_| ()).unwrap();
        let copy = module.duplicate();
        let kept = machine.object(&context, &module);
        let new = machine.emit_anew(&context, &copy, LLVMCodeGenFileType::LLVMObjectFile);
        [kept, new].map(|object| object.map_err(|error| error.to_string()))
    }

    #[test]
    fn passes_that_are_kept_remember_nothing() {
        let machine = Machine::new(Cpu::host()).unwrap();
        let bodies = bodies();
        let mut refused = 0;
        for round in 0..4 {
            // Each after another, and after itself.
            for k in 0..bodies.len() {
                let (options, source) = &bodies[(k * (1 + 2 * (round % 2))) % bodies.len()];
                for _ in 0..2 {
                    let [kept, new] = both(&machine, options, source);
                    assert!(kept == new, "{source}");
                    refused += usize::from(kept.is_err());
                }
            }
        }
        assert_eq!(refused, 8, "the one with the wrong assembly, and it alone");
    }
}
