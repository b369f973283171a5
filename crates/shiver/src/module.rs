//! What a compiler made of a source: bitcode, and what is made of it in turn.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use shiver_clang::{Compiled, Diagnostic, FastMath, Language, Options};
use shiver_codegen::{Body, FAIL_SYMBOL, Input, LOCATE_SYMBOL, Output, RAISE_SYMBOL, Shape, Stage};
use shiver_llvm::Cpu;
use shiver_loader::{Code, LoadError};
use shiver_signature::Signature;

use crate::apart::import::Imported;
use crate::cache::key::Recipe;
use crate::library::Library;
use crate::nest::Nest;
use crate::pointer::Target;
use crate::{Error, Function, apart, builtins, cache, dump, fork, missing, symbols};

/// A piece of bitcode with the functions that can be bodies, and the machine code made of it so far.
///
/// Clones are handles to the same module, and share the variables that its source defines. When the
/// last handle goes, [`Function`]s and running loops included, its machine code is freed.
#[derive(Clone)]
pub struct Module(Arc<Inner>);

struct Inner {
    identity: Identity,
    /// What it was compiled from, here; it does not travel.
    source: Option<Source>,
    signatures: Vec<Signature>,
    warnings: Vec<Diagnostic>,
    reads_files: bool,
    libraries: Vec<Library>,
    /// One entry per signature.
    nests: Vec<Nests>,
    /// The variables that all nests share; also the lock under which anything is compiled.
    state: Mutex<Option<State>>,
    /// Of code from outside: the object of its variables, compiled before [`Inner::state`] is locked.
    state_object: OnceLock<Option<Vec<u8>>>,
    /// Where functions are that were compiled to be called by others: see [`Module::address`].
    addresses: Mutex<HashMap<String, usize>>,
}

/// A source, and how it is compiled.
pub(crate) struct Source {
    pub(crate) text: String,
    pub(crate) options: Options,
    /// The files on the disk that it includes.
    pub(crate) headers: Vec<PathBuf>,
    /// How long clang took; `None` where it did not have to be asked.
    pub(crate) took: Option<Duration>,
}

/// What makes two modules equal, and all that travels when one is sent elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// LLVM's bitcode, signatures included.
    pub bitcode: Vec<u8>,
    /// The libraries that are searched for symbols.
    pub libraries: Vec<String>,
    /// Whether the definitions can be called by name from what is compiled later.
    pub link: bool,
    /// Where the function is, of a module that only calls one: what holds in this process alone.
    pub target: Option<Target>,
    /// Whether the code comes from outside, so that LLVM sees it in a process of its own alone.
    pub foreign: bool,
}

/// The object of a nest, and whether its module has a state.
type Object = (Vec<u8>, bool);

/// The module's variables in memory; `None` inside where it has none.
pub(crate) type State = Option<Code>;

/// The nests around one function, by shape. Those of few indices can be had without a lock.
#[derive(Default)]
struct Nests {
    few: [OnceLock<Nest>; 10],
    /// `None` where a nest would have streamed, and there is nothing to stream.
    more: Mutex<HashMap<Key, Option<Nest>>>,
    /// Which of the few was asked for last, counted from 1; `MORE` for one of the others, 0 for none.
    last: AtomicUsize,
    last_of_more: Mutex<Option<Key>>,
}

impl Nests {
    const MORE: usize = usize::MAX;

    fn asked_for(&self, which: usize) {
        // Most calls ask for the same as the one before, and then nobody's cache loses the line.
        if self.last.load(Ordering::Relaxed) != which {
            self.last.store(which, Ordering::Relaxed);
        }
    }

    /// The loop that was asked for last.
    fn last(&self) -> Option<Key> {
        match self.last.load(Ordering::Relaxed) {
            0 => None,
            Nests::MORE => self.last_of_more.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            few => {
                let (indices, unit_steps) = ((few - 1) / 2, (few - 1) % 2 == 1);
                Some((
                    Shape { indices, unit_steps, reduction: None, tiles: true, streams: 0 },
                    None,
                ))
            }
        }
    }
}

/// What distinguishes one nest around a function from another: its shape, and the function of a
/// reduction that has one of its own.
pub(crate) type Key = (Shape, Option<Function>);

impl Module {
    /// Compiles C or C++ for this machine.
    ///
    /// # Errors
    ///
    /// [`Error::Compile`] with clang's diagnostics, [`Error::Flag`], [`Error::Library`].
    ///
    /// ```
    /// # fn main() -> Result<(), shiver::Error> {
    /// let module = shiver::Module::from_c("double twice(double x) { return 2 * x; }", &Default::default())?;
    /// assert_eq!(module.signatures()[0].to_string(), "float64 twice(float64 x)");
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_c(source: &str, options: &Options) -> Result<Module, Error> {
        Module::from_c_with(source, options, &[], false)
    }

    /// As [`Module::from_c`]; symbols are also looked for in `libraries`, and with `link` the
    /// definitions can be called by name from what is compiled later, for the life of the process.
    ///
    /// # Errors
    ///
    /// As for [`Module::from_c`], and [`Error::Link`] with `link`.
    pub fn from_c_with(
        source: &str,
        options: &Options,
        libraries: &[String],
        link: bool,
    ) -> Result<Module, Error> {
        let options = without_builtins(source, options);
        let (compiled, took) = {
            let _section = fork::section();
            compile_or_find(source, &options)?
        };
        let identity = Identity {
            bitcode: compiled.bitcode,
            libraries: libraries.to_vec(),
            link,
            target: None,
            foreign: false,
        };
        let reads_files = !compiled.dependencies.is_empty() || !compiled.missing.is_empty();
        let text = source.to_owned();
        let source = Source { text, options, headers: compiled.dependencies, took };
        Module::build(identity, Some(source), compiled.signatures, compiled.warnings, reads_files)
    }

    /// Takes LLVM code from elsewhere: textual IR or bitcode. With a name, just that function and
    /// what it reaches. `refine` may add to what LLVM's types tell of a signature; it is called once for
    /// each.
    ///
    /// LLVM sees the code in a process of its own alone, now and later, if the program has said how such
    /// a process is started: see [`apart`].
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] for what LLVM cannot read or verify, and for code of another machine or of a
    /// newer LLVM; [`Error::Lost`] where LLVM crashes or comes to no end.
    ///
    /// ```
    /// use shiver::{Input, Module};
    /// # fn main() -> Result<(), shiver::Error> {
    /// let text = "define i64 @next(i64 %i) { %r = add i64 %i, 1\n ret i64 %r }";
    /// let module = Module::from_llvm(Input::Text(text), Some("next"), &mut |_| ())?;
    /// assert_eq!(module.signatures()[0].to_string(), "int64 next(int64 i)");
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_llvm(
        input: Input<'_>,
        name: Option<&str>,
        refine: &mut (dyn FnMut(&mut Signature) + Send),
    ) -> Result<Module, Error> {
        let own = symbols::own_functions();
        let Imported { bitcode, signatures } = apart::import::import(input, name, &own, refine)?;
        let (libraries, link) = (vec![], false);
        let identity = Identity { bitcode, libraries, link, target: None, foreign: true };
        Module::build(identity, None, signatures, vec![], false)
    }

    /// The same code, in which arithmetic may be taken liberties with.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] where the bitcode is damaged.
    ///
    /// ```
    /// use shiver::{FastMath, Input, Module};
    /// # fn main() -> Result<(), shiver::Error> {
    /// let text = "define double @twice(double %x) { %r = fadd double %x, %x\n ret double %r }";
    /// let module = Module::from_llvm(Input::Text(text), None, &mut |_| ())?;
    /// let fast = module.with_fast_math(FastMath { contract: true, ..Default::default() })?;
    /// assert!(fast.ir()?.contains("fadd contract double"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_fast_math(&self, fastmath: FastMath) -> Result<Module, Error> {
        let identity = self.identity();
        let bitcode = if identity.foreign {
            apart::import::allow_fast_math(&identity.bitcode, &fastmath.names())?
        } else {
            let _section = fork::section();
            shiver_codegen::allow_fast_math(&identity.bitcode, &fastmath.names())?
        };
        Module::from_identity(Identity { bitcode, ..identity.clone() })
    }

    /// Makes a module again of what [`Module::identity`] gave, here or elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] for damaged bitcode, [`Error::Library`], [`Error::Link`].
    pub fn from_identity(identity: Identity) -> Result<Module, Error> {
        let signatures = if identity.foreign {
            apart::import::signatures(&identity.bitcode)?
        } else {
            let _section = fork::section();
            shiver_codegen::signatures(&identity.bitcode)?
        };
        Module::build(identity, None, signatures, vec![], false)
    }

    pub(crate) fn build(
        identity: Identity,
        source: Option<Source>,
        signatures: Vec<Signature>,
        warnings: Vec<Diagnostic>,
        reads_files: bool,
    ) -> Result<Module, Error> {
        let libraries = Library::open_all(&identity.libraries)?;
        let nests = signatures.iter().map(|_| Nests::default()).collect();
        let state = Mutex::new(None);
        let addresses = Mutex::default();
        let link = identity.link;
        let module = Module(Arc::new(Inner {
            identity,
            source,
            signatures,
            warnings,
            reads_files,
            libraries,
            nests,
            state,
            state_object: OnceLock::new(),
            addresses,
        }));
        if link {
            module.export()?;
        }
        Ok(module)
    }

    /// What makes this module equal to another, and all that has to travel.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// The functions that can be bodies.
    pub fn signatures(&self) -> &[Signature] {
        &self.0.signatures
    }

    /// What clang warned of.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.0.warnings
    }

    /// Whether its source read files of the disk or looked for some, so that compiling it again may
    /// give another module.
    pub fn reads_files(&self) -> bool {
        self.0.reads_files
    }

    /// The function of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] with the names that there are.
    pub fn function(&self, name: &str) -> Result<Function, Error> {
        let index = self.0.signatures.iter().position(|s| s.name == name || s.symbol == name);
        let index = index.ok_or_else(|| {
            let candidates = self.0.signatures.iter().map(|s| s.name.clone()).collect();
            Error::Codegen(shiver_codegen::Error::NoFunction { name: name.to_owned(), candidates })
        })?;
        Ok(Function::new(self.clone(), index))
    }

    /// The one function that can be a body.
    ///
    /// # Errors
    ///
    /// [`Error::Ambiguous`] where there is none, or more than one.
    pub fn only_function(&self) -> Result<Function, Error> {
        if let [_] = self.0.signatures[..] {
            return Ok(Function::new(self.clone(), 0));
        }
        let candidates = self.0.signatures.iter().map(|s| s.name.clone()).collect();
        Err(Error::Ambiguous { candidates })
    }

    /// The module as textual IR, as it came from the front end.
    ///
    /// # Errors
    ///
    /// [`Error::Codegen`] where the bitcode is damaged.
    pub fn ir(&self) -> Result<String, Error> {
        if self.is_foreign() {
            return apart::print_ir(&self.0.identity.bitcode);
        }
        let _section = fork::section();
        Ok(shiver_codegen::print_ir(&self.0.identity.bitcode)?)
    }

    /// Whether LLVM sees its code in a process of its own alone.
    pub(crate) fn is_foreign(&self) -> bool {
        self.0.identity.foreign
    }

    /// The loop around function `index` that was asked for last.
    pub(crate) fn last_loop(&self, index: usize) -> Option<Key> {
        self.0.nests[index].last()
    }

    /// What it was compiled from, if it was compiled in this process.
    pub(crate) fn source(&self) -> Option<&Source> {
        self.0.source.as_ref()
    }

    /// Function `index`, as the code generator takes it.
    pub(crate) fn body(&self, index: usize) -> Body<'_> {
        Body { bitcode: &self.0.identity.bitcode, symbol: &self.signature(index).symbol }
    }

    pub(crate) fn signature(&self, index: usize) -> &Signature {
        &self.0.signatures[index]
    }

    /// The nest of that shape around function `index`, compiled when it is first asked for. `combine`
    /// is the function of a reduction that has one of its own. Borrowed where it can be: counting owners takes
    /// as long as a short loop. `None` where the shape asks for arrays to be streamed, and none can be.
    pub(crate) fn nest(
        &self,
        index: usize,
        shape: Shape,
        combine: Option<&Function>,
    ) -> Result<Option<Cow<'_, Nest>>, Error> {
        let nests = &self.0.nests[index];
        let number = shape.indices * 2 + usize::from(shape.unit_steps);
        let slot = nests
            .few
            .get(number)
            .filter(|_| shape.reduction.is_none() && shape.tiles && shape.streams == 0);
        nests.asked_for(if slot.is_some() { number + 1 } else { Nests::MORE });
        if let Some(nest) = slot.and_then(OnceLock::get) {
            return Ok(Some(Cow::Borrowed(nest)));
        }
        // What another process compiles is waited for without a lock.
        let key = (shape, combine.cloned());
        let foreign = self.foreign_object(index, &key)?;
        let _section = fork::section();
        if slot.is_none() {
            let mut last = nests.last_of_more.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(key.clone());
        }
        let lock = || nests.more.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(nest) = lock().get(&key) {
            return Ok(nest.clone().map(Cow::Owned));
        }
        // Before the lock below, since the two modules may be one, or be asked in the other order by
        // another thread.
        let combine_state = combine.map_or(Ok(None), |f| f.module().lock_state())?;
        // One compile at a time per module: whoever comes second finds it done.
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let few = slot.and_then(OnceLock::get).cloned().map(Some);
        if let Some(nest) = few.or_else(|| lock().get(&key).cloned()) {
            return Ok(nest.map(Cow::Owned));
        }
        let object = match foreign {
            Some(object) => object,
            None => self.object(index, shape, combine)?,
        };
        let Some((object, stateful)) = object else {
            lock().insert(key, None);
            return Ok(None);
        };
        if !stateful {
            // Nobody need look for what is not there.
            state.get_or_insert(None);
        }
        let state = self.state(&mut state)?;
        let (code, fails) = self.load_with(index, &object, state, combine, &combine_state)?;
        let nest = Nest::of(code, fails, combine_state);
        match slot {
            // The lock is held, so the slot is still empty.
            Some(slot) => drop(slot.set(nest.clone())),
            None => drop(lock().insert(key, Some(nest.clone()))),
        }
        Ok(Some(Cow::Owned(nest)))
    }

    /// Loads the object of a nest around function `index`, and says whether it may report a failure.
    fn load_with(
        &self,
        index: usize,
        object: &[u8],
        state: &State,
        combine: Option<&Function>,
        combine_state: &State,
    ) -> Result<(Code, bool), Error> {
        let (fails, stays) = (Cell::new(false), Cell::new(false));
        let code = shiver_loader::load(object, &|name| {
            if [FAIL_SYMBOL, RAISE_SYMBOL, LOCATE_SYMBOL].contains(&name) {
                fails.set(true);
            }
            stays.set(stays.get() || builtins::keeps_functions(name));
            let own = || state.as_ref().and_then(|code| code.address(name));
            let op = || {
                let name = shiver_codegen::combine_variable(name)?;
                combine_state.as_ref().and_then(|code| code.address(&name))
            };
            let outside = || self.0.outside(name);
            let others = || {
                let of_combine = shiver_codegen::combine_pointer(name);
                let name = of_combine.as_deref().unwrap_or(name);
                combine.and_then(|f| f.module().0.outside(name))
            };
            own().or_else(op).or_else(outside).or_else(others)
        });
        if stays.get()
            && let Ok(code) = &code
        {
            std::mem::forget((code.clone(), state.clone(), combine_state.clone()));
        }
        let code = code.map_err(|error| {
            let libraries = [Some(self), combine.map(Function::module)].into_iter().flatten();
            let libraries: Vec<_> = libraries.flat_map(|m| m.0.libraries.iter().copied()).collect();
            load_error(error, &self.signature(index).name, &libraries)
        })?;
        Ok((code, fails.get()))
    }

    /// How long it takes to load an object as [`Module::nest`] does. To be called outside of any section.
    pub(crate) fn time_load(
        &self,
        index: usize,
        object: &[u8],
        combine: Option<&Function>,
    ) -> Result<Duration, Error> {
        self.prepare_state()?;
        combine.map_or(Ok(()), |f| f.module().prepare_state())?;
        let _section = fork::section();
        let combine_state = combine.map_or(Ok(None), |f| f.module().lock_state())?;
        let state = self.lock_state()?;
        let begin = Instant::now();
        self.load_with(index, object, &state, combine, &combine_state)?;
        Ok(begin.elapsed())
    }

    /// Its bitcode with the places of its source, and how long clang took; `None` where there is no
    /// source, or where the files that it includes have changed since.
    pub(crate) fn placed(&self) -> Option<(Vec<u8>, Duration)> {
        let _section = fork::section();
        let Source { text, options, .. } = self.source()?;
        if self.0.reads_files {
            let again = shiver_clang::compile(text, options, cpu()).ok()?;
            if again.bitcode != self.0.identity.bitcode {
                return None;
            }
        }
        let begin = Instant::now();
        let compiled = shiver_clang::compile_with_places(text, options, cpu()).ok()?;
        Some((compiled.bitcode, begin.elapsed()))
    }

    /// The object code of a nest, out of the cache or compiled, and whether the module has a state.
    /// `None` as for [`Module::nest`].
    fn object(
        &self,
        index: usize,
        shape: Shape,
        combine: Option<&Function>,
    ) -> Result<Option<Object>, Error> {
        let body = self.body(index);
        let op = combine.map(|f| f.module().body(f.index()));
        let found = object_or_find(nest_recipe(body, op, shape), || {
            if !dump::is_on() {
                let output = shiver_codegen::compile_nest(body, op, shape, cpu(), Stage::Object)?;
                return Ok(Some(entry(output.bytes, output.stateful)));
            }
            let looked = shiver_codegen::examine_nest(body, op, shape, cpu())?;
            if !looked.object.is_empty() {
                dump::write(self.source(), body.bitcode, self.signature(index), shape, &looked);
            }
            Ok(Some(entry(looked.object, looked.stateful)))
        })?;
        Ok(found.and_then(from_entry))
    }

    /// The same where code from outside goes into it, together with what its state needs; `None` where
    /// there is no such code, or the nest is there. To be called outside of any section.
    fn foreign_object(&self, index: usize, key: &Key) -> Result<Option<Option<Object>>, Error> {
        let (shape, combine) = key;
        if !self.is_foreign() && !combine.as_ref().is_some_and(|f| f.module().is_foreign()) {
            return Ok(None);
        }
        {
            let _section = fork::section();
            let more = self.0.nests[index].more.lock().unwrap_or_else(PoisonError::into_inner);
            if more.contains_key(key) {
                return Ok(None);
            }
        }
        combine.as_ref().map_or(Ok(()), |f| f.module().prepare_state())?;
        let body = self.body(index);
        let op = combine.as_ref().map(|f| f.module().body(f.index()));
        let recipe = nest_recipe(body, op, *shape).part(cpu_key());
        let object = apart::import::object_or_find(&recipe.finish(), || {
            if !dump::is_on() {
                let output = apart::compile_nest(body, op, *shape, cpu(), Stage::Object)?;
                return Ok(Some(entry(output.bytes, output.stateful)));
            }
            let looked = apart::examine_nest(body, op, *shape, cpu())?;
            if !looked.object.is_empty() {
                dump::write(None, body.bitcode, self.signature(index), *shape, &looked);
            }
            Ok(Some(entry(looked.object, looked.stateful)))
        })?;
        let object = object.and_then(from_entry);
        if object.as_ref().is_some_and(|&(_, stateful)| stateful) {
            self.prepare_state()?;
        }
        Ok(Some(object))
    }

    /// Has the variables of code from outside compiled, before a lock is taken under which they are
    /// loaded. To be called outside of any section.
    fn prepare_state(&self) -> Result<(), Error> {
        if self.is_foreign() && self.0.state_object.get().is_none() {
            // Whoever comes first has compiled the same.
            let _ = self.0.state_object.set(foreign_state(&self.0.identity)?);
        }
        Ok(())
    }

    /// The nest of that shape as text: optimised IR or assembly.
    pub(crate) fn inspect(
        &self,
        index: usize,
        (shape, combine): &Key,
        stage: Stage,
    ) -> Result<String, Error> {
        let op = combine.as_ref().map(|f| f.module().body(f.index()));
        let foreign =
            self.is_foreign() || combine.as_ref().is_some_and(|f| f.module().is_foreign());
        let output = compile_nest(foreign, self.body(index), op, *shape, stage)?;
        Ok(String::from_utf8_lossy(&output.bytes).into_owned())
    }

    /// The address of a function of the module, compiled on its own once and never freed.
    pub(crate) fn address(&self, symbol: &str) -> Result<usize, Error> {
        let known = || self.0.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let _section = fork::section();
            if let Some(&address) = known().get(symbol) {
                return Ok(address);
            }
        }
        let linked = Identity { link: true, ..self.0.identity.clone() };
        let ready = linked.foreign.then(|| foreign_state(&linked)).transpose()?;
        let _section = fork::section();
        let mut addresses = known();
        if let Some(&address) = addresses.get(symbol) {
            return Ok(address);
        }
        let code = load_state(&linked, &self.0, symbol, ready)?;
        let code = code.expect("with its functions exported, a module has something to load");
        addresses.extend(code.symbols().map(|(name, address)| (name.to_owned(), address)));
        std::mem::forget(code);
        addresses.get(symbol).copied().ok_or_else(|| Error::Link {
            function: symbol.to_owned(),
            symbols: vec![symbol.to_owned()],
            hints: vec![],
        })
    }

    /// Makes the definitions callable by name; the code then stays for the life of the process.
    fn export(&self) -> Result<(), Error> {
        self.prepare_state()?;
        let code = {
            let _section = fork::section();
            self.lock_state()?
        };
        let code = code.expect("with its functions exported, a module has something to load");
        for (name, address) in code.symbols().filter(|(name, _)| !name.contains('.')) {
            // SAFETY: the code is never freed, and types are the concern of who calls by name.
            unsafe { symbols::add_symbol(name, address) };
        }
        std::mem::forget(code);
        Ok(())
    }

    /// The module's variables, to be held by code of another module that uses them.
    fn lock_state(&self) -> Result<State, Error> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.state(&mut state).cloned()
    }

    fn state<'s>(&self, state: &'s mut Option<State>) -> Result<&'s State, Error> {
        if state.is_none() {
            let name = self.0.signatures.first().map_or("the module", |s| &s.name);
            let ready = self.0.state_object.get().cloned();
            *state = Some(load_state(&self.0.identity, &self.0, name, ready)?);
        }
        Ok(state.as_ref().expect("just set"))
    }
}

impl Inner {
    /// The address of what the module does not define.
    fn outside(&self, name: &str) -> Option<usize> {
        let target = self.identity.target.and_then(|target| target.symbol(name));
        target.or_else(|| symbols::resolve(name, &self.libraries))
    }
}

/// Loads a module's variables; `ready` is their object where it is compiled, which that of code from
/// outside has to be.
fn load_state(
    identity: &Identity,
    module: &Inner,
    name: &str,
    ready: Option<Option<Vec<u8>>>,
) -> Result<State, Error> {
    debug_assert!(ready.is_some() || !identity.foreign);
    let object = match ready {
        Some(object) => object,
        None => object_or_find(state_recipe(identity), || {
            let output = shiver_codegen::compile_state(&identity.bitcode, identity.link, cpu())?;
            Ok(output.map(|output| output.bytes))
        })?,
    };
    let Some(object) = object else { return Ok(None) };
    let stays = Cell::new(false);
    let code = shiver_loader::load(&object, &|name| {
        stays.set(stays.get() || builtins::keeps_functions(name));
        module.outside(name)
    });
    if stays.get() {
        std::mem::forget(code.clone());
    }
    Ok(Some(code.map_err(|error| load_error(error, name, &module.libraries))?))
}

/// The object of the variables of code from outside. To be called outside of any section.
fn foreign_state(identity: &Identity) -> Result<Option<Vec<u8>>, Error> {
    let key = state_recipe(identity).part(cpu_key()).finish();
    apart::import::object_or_find(&key, || {
        apart::compile_state(&identity.bitcode, identity.link, cpu())
    })
}

fn state_recipe(identity: &Identity) -> Recipe {
    Recipe::new("state").part(&identity.bitcode).part([u8::from(identity.link)])
}

/// An object as the cache has it: one byte behind it says whether its module has a state.
fn entry(mut object: Vec<u8>, stateful: bool) -> Vec<u8> {
    object.push(u8::from(stateful));
    object
}

/// The inverse of [`entry`]; `None` where there is no object.
fn from_entry(mut object: Vec<u8>) -> Option<Object> {
    let stateful = object.pop()? != 0;
    (!object.is_empty()).then_some((object, stateful))
}

fn nest_recipe(body: Body<'_>, combine: Option<Body<'_>>, shape: Shape) -> Recipe {
    let recipe = Recipe::new("nest").part(format!("{shape:?}"));
    let bodies = std::iter::once(body).chain(combine);
    bodies.fold(recipe, |recipe, body| recipe.part(body.bitcode).part(body.symbol))
}

/// A nest, apart where code from outside goes into it. To be called outside of any section.
pub(crate) fn compile_nest(
    foreign: bool,
    body: Body<'_>,
    combine: Option<Body<'_>>,
    shape: Shape,
    stage: Stage,
) -> Result<Output, Error> {
    if foreign {
        return apart::compile_nest(body, combine, shape, cpu(), stage);
    }
    let _section = fork::section();
    Ok(shiver_codegen::compile_nest(body, combine, shape, cpu(), stage)?)
}

/// The options for a source that may call functions which the user has given under names that C has its
/// own functions for: these are not what clang and LLVM know under the name.
fn without_builtins(source: &str, options: &Options) -> Options {
    let mut options = options.clone();
    let own = symbols::own_functions().into_iter().filter(|name| source.contains(name.as_str()));
    options.flags.extend(own.map(|name| format!("-fno-builtin-{name}")));
    options
}

/// What clang makes of a source: out of the cache, or compiled, and how long that took.
pub(crate) fn compile_or_find(
    source: &str,
    options: &Options,
) -> Result<(Compiled, Option<Duration>), Error> {
    let key = cache::source::key(source, options, cpu_key());
    let found = key.as_ref().filter(|_| !dump::is_on()).and_then(cache::get);
    if let Some(compiled) = found.and_then(|entry| cache::source::read(&entry)) {
        return Ok((compiled, None));
    }
    let begin = Instant::now();
    let compiled = shiver_clang::compile(source, options, cpu()).map_err(frontend_error)?;
    let took = begin.elapsed();
    if let Some(key) = key
        && let Some(entry) = cache::source::write(&compiled)
    {
        cache::put(&key, &entry);
    }
    Ok((compiled, Some(took)))
}

/// An object for this CPU out of the cache, or what `compile` gives. An empty entry stands for
/// nothing: no object is empty.
pub(crate) fn object_or_find(
    recipe: Recipe,
    compile: impl FnOnce() -> Result<Option<Vec<u8>>, Error>,
) -> Result<Option<Vec<u8>>, Error> {
    let key = recipe.part(cpu_key()).finish();
    let found = if dump::is_on() { None } else { cache::get(&key) };
    let bytes = match found {
        Some(bytes) => bytes,
        None => {
            let bytes = compile()?.unwrap_or_default();
            cache::put(&key, &bytes);
            bytes
        }
    };
    Ok((!bytes.is_empty()).then_some(bytes))
}

/// The CPU that everything is compiled for: this machine's, or what `SHIVER_CPU` names.
pub fn cpu() -> &'static Cpu {
    static CPU: OnceLock<Cpu> = OnceLock::new();
    CPU.get_or_init(|| named_cpu().map_or_else(|| Cpu::host().clone(), Cpu::named))
}

/// What tells that CPU from others: asking LLVM would take longer than all else that a process does to
/// find its loop in the cache.
fn cpu_key() -> &'static [u8] {
    named_cpu().map_or_else(shiver_llvm::fingerprint, str::as_bytes)
}

/// What `SHIVER_CPU` names, if it does.
fn named_cpu() -> Option<&'static str> {
    static NAME: OnceLock<Option<String>> = OnceLock::new();
    let read =
        || std::env::var("SHIVER_CPU").ok().filter(|name| !matches!(name.as_str(), "" | "native"));
    NAME.get_or_init(read).as_deref()
}

fn load_error(error: LoadError, function: &str, libraries: &[Library]) -> Error {
    match error {
        LoadError::Undefined { symbols } => {
            let hints = symbols.iter().filter_map(|name| missing::hint(name, libraries)).collect();
            Error::Link { function: function.to_owned(), symbols, hints }
        }
        error => Error::Load(error),
    }
}

fn frontend_error(failure: shiver_clang::Failure) -> Error {
    match failure {
        shiver_clang::Failure::Flag { flag, reason } => Error::Flag { flag, reason },
        shiver_clang::Failure::Diagnostics(diagnostics) => Error::Compile(diagnostics),
        shiver_clang::Failure::Internal(message) => Error::Frontend(message),
    }
}

/// Equal where bitcode and options are.
impl PartialEq for Module {
    fn eq(&self, other: &Module) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.identity == other.0.identity
    }
}

impl Eq for Module {}

impl Hash for Module {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.identity.hash(state);
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.signatures.iter().map(ToString::to_string);
        f.debug_tuple("Module").field(&names.collect::<Vec<_>>()).finish()
    }
}

/// The language of a source by the name that users give it.
///
/// ```
/// assert_eq!(shiver::module::language("c++"), Some(shiver::Language::Cxx17));
/// ```
pub fn language(name: &str) -> Option<Language> {
    match name {
        "c" => Some(Language::C17),
        "c++" => Some(Language::Cxx17),
        _ => None,
    }
}
