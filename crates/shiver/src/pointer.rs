//! Functions that were compiled elsewhere, and are known by their address.
//!
//! Such a function is called by a loop nest of ours and not inlined into it: arguments, results,
//! schedules and reductions are as for any other. What is compiled does not hold the address, which
//! comes in when the nest is loaded, so that the next process finds it in the cache.

use shiver_clang::Options;
use shiver_codegen::{CONTEXT_SYMBOL, Last, TARGET_SYMBOL};
use shiver_signature::{Signature, Type};

use crate::cache::key::Recipe;
use crate::module::{Identity, compile_or_find, object_or_find};
use crate::prototype::Prototype;
use crate::{Error, Function, Module, fork};

/// Where a function is that was compiled elsewhere. This holds in one process alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Of the function.
    pub address: usize,
    /// What it is given as its last argument, a `void *`, besides those that a loop passes: its context,
    /// or user data. Null is passed too; with `None` there is no such argument.
    pub context: Option<usize>,
}

impl Target {
    /// What the symbols stand for that are in place of the addresses.
    pub(crate) fn symbol(self, name: &str) -> Option<usize> {
        match name {
            TARGET_SYMBOL => Some(self.address),
            CONTEXT_SYMBOL => self.context,
            _ => None,
        }
    }
}

impl Module {
    /// A module of one function, which is at an address.
    ///
    /// `declaration` is what C writes, with or without names, a pointer to a function, or what a
    /// [`Signature`] prints. With a context, its last parameter is the `void *` that takes it, and is
    /// not one of the function's that comes back. Nor is the `int __pyx_skip_dispatch` that Cython adds
    /// to a `cpdef` function; it is 0.
    ///
    /// # Errors
    ///
    /// [`Error::Prototype`] for what is no declaration; [`Error::Compile`] for types that C does not
    /// know; [`Error::Target`] for a null address, or a context that no parameter takes.
    ///
    /// # Safety
    ///
    /// There is a function of that type at the address, which any thread may call, for as long as the
    /// module is in use. So is what the context points to.
    pub unsafe fn from_address(declaration: &str, target: Target) -> Result<Module, Error> {
        if target.address == 0 {
            return Err(Error::Target {
                message: "the address of the function is null".to_owned(),
            });
        }
        let mut prototype = Prototype::parse(declaration)?;
        if target.context.is_some() {
            let (whole, _) = compile(&prototype)?;
            if !takes_context(&whole) {
                return Err(Error::Target {
                    message: format!(
                        "{whole} has no last parameter void *, which would take the user data"
                    ),
                });
            }
            prototype.pop();
        }
        let last = match target.context {
            None if prototype.pop_skip_dispatch() => Last::Zero,
            None => Last::Nothing,
            Some(0) => Last::Null,
            Some(_) => Last::Context,
        };
        let (signature, bitcode) = compile(&prototype)?;
        let recipe = Recipe::new("pointer").part(&bitcode).part(format!("{last:?}"));
        let section = fork::section();
        let bitcode = object_or_find(recipe, || {
            Ok(Some(shiver_codegen::forward(&bitcode, &signature.symbol, last)?))
        })?;
        drop(section);
        let bitcode = bitcode.expect("bitcode is never empty");
        let (libraries, link, foreign) = (vec![], false, false);
        let identity = Identity { bitcode, libraries, link, target: Some(target), foreign };
        Module::build(identity, None, vec![signature], vec![], false)
    }
}

impl Function {
    /// A function that is at an address: see [`Module::from_address`].
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Safety
    ///
    /// As there.
    ///
    /// ```
    /// use shiver::{Args, Function, Plan, parfor_map};
    /// use shiver::pointer::Target;
    ///
    /// extern "C" fn half(i: i64) -> f64 {
    ///     i as f64 / 2.0
    /// }
    ///
    /// # fn main() -> Result<(), shiver::Error> {
    /// let target = Target { address: half as *const () as usize, context: None };
    /// // SAFETY: the address is that of a function of this type.
    /// let half = unsafe { Function::from_address("double half(long i)", target)? };
    /// // SAFETY: the body touches no memory.
    /// let halves: Vec<f64> = unsafe { parfor_map(&half, 4, Args::new(), &Plan::default())? };
    /// assert_eq!(halves, [0.0, 0.5, 1.0, 1.5]);
    /// # Ok(())
    /// # }
    /// ```
    pub unsafe fn from_address(declaration: &str, target: Target) -> Result<Function, Error> {
        // SAFETY: as the caller promises.
        unsafe { Module::from_address(declaration, target)? }.only_function()
    }
}

/// The signature of a declared function, and the bitcode of one like it.
fn compile(prototype: &Prototype) -> Result<(Signature, Vec<u8>), Error> {
    let options = Options {
        // In C23 parameters need no name, and a name alone is a type. And the function may be called
        // like one of C's.
        flags: ["-std=gnu23", "-Wno-everything", "-fno-builtin"].map(str::to_owned).to_vec(),
        ..Options::default()
    };
    let _section = fork::section();
    let (mut compiled, _) = compile_or_find(&prototype.source(), &options)?;
    match (compiled.signatures.pop(), compiled.signatures.pop()) {
        (Some(signature), None) => Ok((signature, compiled.bitcode)),
        _ => Err(Error::Prototype {
            text: prototype.source(),
            message: "it does not declare just one function".to_owned(),
        }),
    }
}

/// Whether a function's last parameter can take a context.
fn takes_context(signature: &Signature) -> bool {
    let last = signature.params.last().and_then(|param| param.ty.as_pointer());
    last.is_some_and(|pointer| pointer.to == Type::Void && pointer.dims.is_empty())
}
