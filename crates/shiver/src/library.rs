//! Shared libraries that are searched for symbols.

use std::ffi::{CStr, CString, OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;

use crate::Error;

/// A shared library, opened for the life of the process: code that was loaded may call it any time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library(*mut c_void);

// SAFETY: the handle is only given to `dlsym`, `dlinfo` and `dlopen`, which any thread may call.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

/// The beginning of what the dynamic linker knows of a library.
#[repr(C)]
struct LinkMap {
    address: usize,
    name: *const c_char,
}

impl Library {
    /// Opens libraries, each by its path, its file name, or as the linker's `-l` would name it.
    ///
    /// Some use functions of another one without saying of which, as GSL's may use those of any BLAS. Then
    /// the rest of the list is made known to all libraries that are opened from now on, as the linker
    /// would; else nobody's look-ups change.
    pub(crate) fn open_all(names: &[String]) -> Result<Vec<Library>, Error> {
        let mut opened: Vec<_> = names.iter().map(|name| Library::open(name)).collect();
        let lacks_symbols = |result: &Result<Library, Error>| matches!(result, Err(Error::Library { message, .. }) if message.contains("undefined symbol"));
        while opened.iter().any(lacks_symbols) {
            opened.iter().flatten().for_each(|library| library.make_global());
            let before = opened.iter().flatten().count();
            for (name, result) in names.iter().zip(&mut opened) {
                if result.is_err() {
                    *result = Library::open(name);
                }
            }
            if opened.iter().flatten().count() == before {
                break;
            }
        }
        opened.into_iter().collect()
    }

    fn open(name: &str) -> Result<Library, Error> {
        let mut candidates = vec![PathBuf::from(name)];
        if !name.contains('/') {
            candidates.push(format!("lib{name}.so").into());
            candidates.extend(newest(name));
        }
        let mut message = String::new();
        for candidate in &candidates {
            let Ok(candidate) = CString::new(candidate.as_os_str().as_bytes()) else {
                message = "its name holds a NUL".to_owned();
                break;
            };
            match Library::open_exactly(&candidate, libc::RTLD_NOW | libc::RTLD_LOCAL) {
                Ok(library) => return Ok(library),
                Err(told) => {
                    // A file of that name without a version may be a text for the linker.
                    let elsewhere = told.contains("cannot open shared object file")
                        || told.contains("invalid ELF header");
                    message = told;
                    if !elsewhere {
                        break;
                    }
                }
            }
        }
        if !name.contains('/') && Path::new(name).exists() {
            message += &format!(
                "; there is a file of that name in the current folder, which \"./{name}\" would mean"
            );
        }
        Err(Error::Library { name: name.to_owned(), message })
    }

    fn open_exactly(name: &CStr, flags: i32) -> Result<Library, String> {
        // SAFETY: the name is terminated; opening runs the library's constructors, which is what the
        // user asks for. `dlerror` gives this thread's last message.
        unsafe {
            let handle = libc::dlopen(name.as_ptr(), flags);
            if !handle.is_null() {
                return Ok(Library(handle));
            }
            Err(CStr::from_ptr(libc::dlerror()).to_string_lossy().into_owned())
        }
    }

    /// Lets libraries that are opened later use its functions.
    fn make_global(self) {
        if let Some(path) =
            self.path().and_then(|path| CString::new(path.into_os_string().as_bytes()).ok())
        {
            let flags = libc::RTLD_NOW | libc::RTLD_GLOBAL | libc::RTLD_NOLOAD;
            // It is open already; this can only change what others see.
            let _ = Library::open_exactly(&path, flags);
        }
    }

    /// Where it is; `None` where the dynamic linker does not say.
    pub(crate) fn path(self) -> Option<PathBuf> {
        let mut map: *const LinkMap = ptr::null();
        // SAFETY: the handle is open, and for this request `dlinfo` writes one pointer, to what lives
        // as long as the library; the name is terminated.
        unsafe {
            let wanted = (&raw mut map).cast();
            if libc::dlinfo(self.0, libc::RTLD_DI_LINKMAP, wanted) != 0 || (*map).name.is_null() {
                return None;
            }
            let name = CStr::from_ptr((*map).name).to_bytes();
            (!name.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(name)))
        }
    }

    /// One that the process has loaded already.
    pub(crate) fn loaded(name: &CStr) -> Option<Library> {
        Library::open_exactly(name, libc::RTLD_LAZY | libc::RTLD_NOLOAD).ok()
    }

    /// The address of what it, or a library that it needs, defines under that name.
    pub(crate) fn symbol(self, name: &str) -> Option<usize> {
        let name = CString::new(name).ok()?;
        // SAFETY: the handle is open and the name terminated.
        let address = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        (!address.is_null()).then_some(address as usize)
    }
}

/// The newest version of a library of which there is no file without a version: that one is only there
/// where programs are linked with it.
fn newest(name: &str) -> Option<PathBuf> {
    let beginning = format!("lib{name}.so.");
    let versions = folders().into_iter().filter_map(|folder| folder.read_dir().ok()).flatten();
    let versions = versions.flatten().filter_map(|entry| {
        let file = entry.file_name();
        let version = file.to_str()?.strip_prefix(&beginning)?;
        let numbers: Vec<u32> =
            version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        Some((numbers, entry.path()))
    });
    versions.max_by(|a, b| a.0.cmp(&b.0)).map(|(_, path)| path)
}

/// Where libraries are: where the dynamic linker is told to look, those of this program's own
/// installation, and the system's.
fn folders() -> Vec<PathBuf> {
    let told = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> =
        std::env::split_paths(&told).filter(|path| path.is_absolute()).collect();
    let own = std::env::current_exe().ok();
    folders.extend(own.and_then(|path| Some(path.parent()?.parent()?.join("lib"))));
    let libc = Library::loaded(c"libc.so.6").and_then(Library::path);
    folders.extend(libc.and_then(|path| Some(path.parent()?.to_owned())));
    let usual = ["/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"];
    folders.extend(usual.map(PathBuf::from));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str) -> Result<Library, Error> {
        Library::open_all(&[name.to_owned()]).map(|libraries| libraries[0])
    }

    #[test]
    fn a_library_opens_by_its_short_name_or_says_why_not() {
        // Both are only there with a version where nothing was installed to link with.
        for name in ["m", "gcc_s"] {
            let library = open(name).unwrap();
            assert!(library.path().unwrap().to_str().unwrap().contains(name));
        }
        assert!(open("m").unwrap().symbol("cos").is_some());
        let Err(Error::Library { name, message }) = open("no_such_library") else {
            panic!("opened");
        };
        assert_eq!(name, "no_such_library");
        assert!(message.contains("libno_such_library.so"), "{message}");
    }

    #[test]
    fn a_path_is_taken_as_it_is() {
        let path = open("m").unwrap().path().unwrap();
        assert!(open(path.to_str().unwrap()).is_ok());
        let Err(Error::Library { message, .. }) = open("./m") else { panic!("opened") };
        assert!(message.contains("./m"), "{message}");
        let Err(Error::Library { message, .. }) = open("Cargo.toml") else { panic!("opened") };
        assert!(message.contains("\"./Cargo.toml\""), "{message}");
    }
}
