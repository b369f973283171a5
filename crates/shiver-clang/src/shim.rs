//! What `shim.h` declares, made safe.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::{self, NonNull};

/// A header inside the program: `shiver_clang_file`.
#[repr(C)]
pub(crate) struct File {
    path: *const c_char,
    text: *const c_char,
    length: usize,
}

// SAFETY: both pointers lead to immutable memory that lives as long as the program: see `File::new`.
unsafe impl Send for File {}
// SAFETY: as above.
unsafe impl Sync for File {}

impl File {
    /// # Safety
    ///
    /// The byte after `text` is a NUL that lives as long.
    pub(crate) unsafe fn new(path: &'static CStr, text: &'static [u8]) -> File {
        File { path: path.as_ptr(), text: text.as_ptr().cast(), length: text.len() }
    }
}

/// `shiver_clang_folder`.
#[repr(C)]
struct Folder {
    path: *const c_char,
    kind: c_int,
}

/// `shiver_clang_job`.
#[repr(C)]
struct Job {
    source: *const c_char,
    source_length: usize,
    source_name: *const c_char,
    invocation: *mut c_void,
    folders: *const Folder,
    folder_count: usize,
    files: *const File,
    file_count: usize,
}

unsafe extern "C" {
    fn shiver_clang_arguments(
        flags: *const *const c_char,
        count: usize,
        error: *mut *mut c_char,
    ) -> *mut c_char;
    fn shiver_clang_understand(
        arguments: *const *const c_char,
        count: usize,
        invocation: *mut *mut c_void,
        error: *mut *mut c_char,
    ) -> *mut c_char;
    fn shiver_clang_forget(invocation: *mut c_void);
    fn shiver_clang_compile(
        job: *const Job,
        bitcode: *mut *mut c_char,
        bitcode_length: *mut usize,
        error: *mut *mut c_char,
    ) -> *mut c_char;
    fn shiver_clang_free(memory: *mut c_char);
}

/// Memory that the shim gave away; freed with its owner.
struct Given(*mut c_char);

impl Given {
    /// The text up to its NUL; empty for null.
    fn text(&self) -> String {
        if self.0.is_null() {
            return String::new();
        }
        // SAFETY: the shim ends what it gives with a NUL, and this owns it.
        unsafe { CStr::from_ptr(self.0) }.to_string_lossy().into_owned()
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        // SAFETY: the shim gave it to us, and nobody has it after us; null is allowed.
        unsafe { shiver_clang_free(self.0) }
    }
}

/// What a function of the shim returned: the answer, or the error's text.
fn answer(returned: Given, error: Given) -> Result<String, String> {
    if returned.0.is_null() { Err(error.text()) } else { Ok(returned.text()) }
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).collect()
}

/// The arguments of `clang -cc1` for those of `clang`, as JSON.
pub(crate) fn arguments(flags: &[CString]) -> Result<String, String> {
    let flags = pointers(flags);
    let mut error = ptr::null_mut();
    // SAFETY: `flags` holds as many strings as we say, and they outlive the call.
    let returned = unsafe { shiver_clang_arguments(flags.as_ptr(), flags.len(), &mut error) };
    answer(Given(returned), Given(error))
}

/// `shiver_clang_invocation`.
pub(crate) struct Invocation(NonNull<c_void>);

// SAFETY: compilations on any threads may share it: they copy what is constant, and what they fill
// they fill once, under the shim's lock.
unsafe impl Send for Invocation {}
// SAFETY: as above.
unsafe impl Sync for Invocation {}

impl Drop for Invocation {
    fn drop(&mut self) {
        // SAFETY: the shim gave it to us, and a compilation borrows it.
        unsafe { shiver_clang_forget(self.0.as_ptr()) }
    }
}

/// What the arguments of `clang -cc1` mean: diagnostics as JSON, and an invocation unless there was an
/// error.
pub(crate) fn understand(arguments: &[CString]) -> Result<(String, Option<Invocation>), String> {
    let arguments = pointers(arguments);
    let (mut invocation, mut error) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: `arguments` holds as many strings as we say, and they outlive the call.
    let returned = unsafe {
        shiver_clang_understand(arguments.as_ptr(), arguments.len(), &mut invocation, &mut error)
    };
    let invocation = NonNull::new(invocation).map(Invocation);
    Ok((answer(Given(returned), Given(error))?, invocation))
}

/// Whose folder it is: `shiver_clang_folder_kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FolderKind {
    User = 0,
    System = 1,
}

/// Compiles `source`: the answer in JSON, and the bitcode unless there was an error.
pub(crate) fn compile(
    source: &CStr,
    source_name: &CStr,
    invocation: &Invocation,
    folders: &[(CString, FolderKind)],
    files: &'static [File],
) -> Result<(String, Option<Vec<u8>>), String> {
    let folders: Vec<Folder> = folders
        .iter()
        .map(|(path, kind)| Folder { path: path.as_ptr(), kind: *kind as c_int })
        .collect();
    let job = Job {
        source: source.as_ptr(),
        source_length: source.count_bytes(),
        source_name: source_name.as_ptr(),
        invocation: invocation.0.as_ptr(),
        folders: folders.as_ptr(),
        folder_count: folders.len(),
        files: files.as_ptr(),
        file_count: files.len(),
    };
    let (mut bitcode, mut length, mut error) = (ptr::null_mut(), 0, ptr::null_mut());
    // SAFETY: the job's pointers lead to as much as its counts say, all of which outlives the call.
    let returned = unsafe { shiver_clang_compile(&job, &mut bitcode, &mut length, &mut error) };
    let bitcode = Given(bitcode);
    let json = answer(Given(returned), Given(error))?;
    let bytes = (!bitcode.0.is_null()).then(|| {
        // SAFETY: the shim gave this many bytes, and `bitcode` owns them.
        unsafe { std::slice::from_raw_parts(bitcode.0.cast::<u8>(), length) }.to_vec()
    });
    Ok((json, bytes))
}
