//! A loop body.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use shiver_clang::Options;
use shiver_codegen::{Input, Shape, Stage};
use shiver_signature::{Param, Scalar, Signature};

use crate::module::Key;
use crate::nest::Nest;
use crate::report::{self, Report};
use crate::{Error, Module};

/// The body of a loop: a function whose last parameters are the indices.
///
/// Clones are handles to the same function. Two functions are equal when their bitcode, their name
/// and their options are.
#[derive(Clone, PartialEq, Eq)]
pub struct Function {
    module: Module,
    index: usize,
}

impl Function {
    pub(crate) fn new(module: Module, index: usize) -> Function {
        Function { module, index }
    }

    /// Compiles C or C++ that defines one function with external linkage.
    ///
    /// # Errors
    ///
    /// As for [`Module::from_c`] and [`Module::only_function`].
    pub fn from_c(source: &str, options: &Options) -> Result<Function, Error> {
        Module::from_c(source, options)?.only_function()
    }

    /// Takes a function out of textual IR.
    ///
    /// # Errors
    ///
    /// As for [`Module::from_llvm`].
    ///
    /// ```
    /// # fn main() -> Result<(), shiver::Error> {
    /// let text = "define i64 @next(i64 %i) { %r = add i64 %i, 1\n ret i64 %r }";
    /// let next = shiver::Function::from_ir(text, "next")?;
    /// assert_eq!(next.signature().to_string(), "int64 next(int64 i)");
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_ir(text: &str, name: &str) -> Result<Function, Error> {
        Module::from_llvm(Input::Text(text), Some(name), &mut |_| ())?.function(name)
    }

    /// Takes a function out of bitcode.
    ///
    /// # Errors
    ///
    /// As for [`Module::from_llvm`].
    pub fn from_bitcode(bitcode: &[u8], name: &str) -> Result<Function, Error> {
        Module::from_llvm(Input::Bitcode(bitcode), Some(name), &mut |_| ())?.function(name)
    }

    /// What it takes and returns.
    pub fn signature(&self) -> &Signature {
        self.module.signature(self.index)
    }

    /// The module that it is a part of.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// A loop nest around it as text: optimised IR or assembly. With `None`, the one that ran last, or
    /// else the one over its last parameter; with a number, the one of that many unit-step indices.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] for what cannot be compiled.
    pub fn inspect(&self, indices: Option<usize>, stage: Stage) -> Result<String, Error> {
        self.module.inspect(self.index, &self.chosen_loop(indices), stage)
    }

    /// What LLVM made of such a loop, and why.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] for what cannot be compiled.
    ///
    /// ```
    /// use shiver::{Function, Options};
    /// # fn main() -> Result<(), shiver::Error> {
    /// let source = "void scale(double *x, double by, long i) { x[i] *= by; }";
    /// let report = Function::from_c(source, &Options::default())?.report(None)?;
    /// assert!(report.vectorized && report.width >= 2 && report.remarks.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn report(&self, indices: Option<usize>) -> Result<Report, Error> {
        report::make(self, &self.chosen_loop(indices))
    }

    /// The loop that is meant where somebody looks inside.
    fn chosen_loop(&self, indices: Option<usize>) -> Key {
        let last = || self.module.last_loop(self.index);
        let is_index = |param: &Param| param.ty.as_scalar().is_some_and(Scalar::is_integer);
        let usual = || usize::from(self.signature().params.last().is_some_and(is_index));
        let plain = |indices| {
            let shape =
                Shape { indices, unit_steps: true, reduction: None, tiles: true, streams: 0 };
            (shape, None)
        };
        match indices {
            Some(indices) => plain(indices),
            None => last().unwrap_or_else(|| plain(usual())),
        }
    }

    /// The address of the function itself, compiled with C's calling convention. The code stays for
    /// the life of the process, and its variables are its own.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`], [`Error::Link`].
    pub fn address(&self) -> Result<usize, Error> {
        self.module.address(&self.signature().symbol)
    }

    /// A nest that streams nothing.
    pub(crate) fn nest(
        &self,
        shape: Shape,
        combine: Option<&Function>,
    ) -> Result<Cow<'_, Nest>, Error> {
        let nest = self.module.nest(self.index, Shape { streams: 0, ..shape }, combine)?;
        Ok(nest.expect("only where arrays are to be streamed can there be none"))
    }

    /// A nest that streams those arrays of `streams` that can be; `None` where there are none.
    pub(crate) fn streaming_nest(
        &self,
        shape: Shape,
        streams: u8,
    ) -> Result<Option<Cow<'_, Nest>>, Error> {
        self.module.nest(self.index, Shape { streams, ..shape }, None)
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }
}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.module.hash(state);
        self.index.hash(state);
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.signature().to_string()).finish()
    }
}
