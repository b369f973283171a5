//! What `shim.h` declares, made safe.

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

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
    /// `text` is followed by a NUL, which the length does not count.
    pub(crate) fn new(path: &'static CStr, text: &'static CStr) -> File {
        File { path: path.as_ptr(), text: text.as_ptr(), length: text.count_bytes() }
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
    arguments: *const *const c_char,
    argument_count: usize,
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
    arguments: &[CString],
    folders: &[(CString, FolderKind)],
    files: &'static [File],
) -> Result<(String, Option<Vec<u8>>), String> {
    let arguments = pointers(arguments);
    let folders: Vec<Folder> = folders
        .iter()
        .map(|(path, kind)| Folder { path: path.as_ptr(), kind: *kind as c_int })
        .collect();
    let job = Job {
        source: source.as_ptr(),
        source_length: source.count_bytes(),
        source_name: source_name.as_ptr(),
        arguments: arguments.as_ptr(),
        argument_count: arguments.len(),
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
