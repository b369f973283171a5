//! Headers: ours and clang's are inside, the user's come first, the system's are never searched.

use std::fs;
use std::path::{Path, PathBuf};

use shiver_clang::{Compiled, Failure, Language, Options, compile, headers};
use shiver_llvm::Cpu;

/// A folder that is gone at the end of its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("shiver-clang-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn options(language: Language, include_dirs: &[&Path]) -> Options {
    let include_dirs = include_dirs.iter().map(|&path| path.to_owned()).collect();
    Options { language, include_dirs, ..Options::default() }
}

fn compiled(source: &str, options: &Options) -> Compiled {
    compile(source, options, Cpu::host()).unwrap_or_else(|failure| panic!("{source}\n{failure}"))
}

#[test]
fn every_header_inside_compiles_alone_twice_and_without_a_warning() {
    // What cannot stand alone, by design.
    let parts = |name: &str| {
        name.ends_with("intrin.h") && !["immintrin.h", "x86intrin.h"].contains(&name)
            || name == "stddefer.h"
    };
    for name in headers::names().filter(|name| !parts(name)) {
        let cxx_only = !name.ends_with(".h");
        let languages =
            if cxx_only { &[Language::Cxx17][..] } else { &[Language::C17, Language::Cxx17] };
        for &language in languages {
            // C++ has its own forms of these.
            if language == Language::Cxx17
                && ["stdatomic.h", "tgmath.h", "complex.h"].contains(&name)
            {
                continue;
            }
            let source = format!("#include <{name}>\n#include <{name}>\n");
            let result = compiled(
                &source,
                &Options { flags: vec!["-Wall".into()], ..options(language, &[]) },
            );
            assert_eq!(result.warnings, [], "{name}");
            assert_eq!((result.dependencies, result.missing), (vec![], vec![]), "{name}");
        }
    }
}

#[test]
fn vector_intrinsics_work() {
    let source = "#include <immintrin.h>\nvoid f(float *x, long i) { _mm_storeu_ps(x + i, _mm_set1_ps(1)); }";
    compiled(source, &Options::default());
}

/// The programs that are run elsewhere, each `int check_<stem>(void)`: here they must compile.
#[test]
fn the_checks_of_our_headers_compile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/headers");
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let language = match path.extension().and_then(|extension| extension.to_str()) {
            Some("c") => Language::C17,
            Some("cpp" | "cc" | "cxx") => Language::Cxx17,
            _ => continue,
        };
        let source = fs::read_to_string(&path).unwrap();
        let result = compile(&source, &options(language, &[]), Cpu::host());
        let result = result.unwrap_or_else(|failure| panic!("{}\n{failure}", path.display()));
        let check =
            format!("check_{}", path.file_stem().unwrap().to_str().unwrap().replace('-', "_"));
        assert!(
            result.signatures.iter().any(|s| s.name == check),
            "{}: no {check}",
            path.display()
        );
        assert_eq!(result.warnings, [], "{}", path.display());
    }
}

#[test]
fn the_users_folders_come_first_and_in_order() {
    let (one, two) = (Folder::new("one"), Folder::new("two"));
    let first = one.write("mine.h", "#define MINE 1\n");
    two.write("mine.h", "#define MINE 2\n");
    let stdint = two.write("stdbool.h", "#define OURS_IS_HIDDEN 1\n");
    let deep = two.write("deep/a.h", "#include \"b.h\"\n#include \"../mine.h\"\n");
    let source = "#include <mine.h>\n#include <stdbool.h>\n\
                  _Static_assert(MINE == 1 && OURS_IS_HIDDEN, \"\");\nint f(void) { return 0; }\n";
    let result = compiled(source, &options(Language::C17, &[&one.0, &two.0]));
    assert_eq!(result.dependencies, [first.clone(), stdint]);
    assert_eq!(result.missing, [one.0.join("stdbool.h")]);

    let b = two.write("deep/b.h", "#define B 3\n");
    let result = compiled(
        "#include <deep/a.h>\n_Static_assert(B == 3 && MINE == 2, \"\");",
        &options(Language::C17, &[&two.0]),
    );
    assert!(
        result.dependencies.contains(&deep) && result.dependencies.contains(&b),
        "{:?}",
        result.dependencies
    );

    // -I, in one word or two, comes after include_dirs.
    let flag = |folder: &Folder| format!("-I{}", folder.0.display());
    let mut both = options(Language::C17, &[&one.0]);
    both.flags = vec![flag(&two)];
    compiled("#include <mine.h>\n_Static_assert(MINE == 1, \"\");", &both);
    both.include_dirs.clear();
    both.flags = vec!["-I".into(), two.0.display().to_string(), flag(&one)];
    compiled("#include <mine.h>\n_Static_assert(MINE == 2, \"\");", &both);
}

#[test]
fn include_next_reaches_ours() {
    let folder = Folder::new("next");
    folder.write("stddef.h", "#include_next <stddef.h>\ntypedef size_t mine;\n");
    compiled(
        "#include <stddef.h>\nmine f(mine n) { return n; }",
        &options(Language::C17, &[&folder.0]),
    );
}

#[test]
fn warnings_are_shown_for_the_users_headers_only() {
    let folder = Folder::new("warn");
    folder.write("loud.h", "static inline int g(int n) { int unused_here; return n; }\n");
    let mut options = options(Language::C17, &[&folder.0]);
    options.flags = vec!["-Wall".into()];
    let result = compiled("#include <loud.h>\nint f(int n) { return g(n); }", &options);
    assert_eq!(result.warnings.len(), 1);
    assert!(result.warnings[0].file.ends_with("loud.h"));
}

#[test]
fn the_working_directory_is_not_searched() {
    // Tests run in the crate's folder.
    assert!(Path::new("src/shim.h").exists());
    for source in ["#include \"src/shim.h\"\n", "#include \"Cargo.toml\"\n"] {
        let failure = compile(source, &Options::default(), Cpu::host());
        assert!(matches!(failure, Err(Failure::Diagnostics(_))), "{failure:?}");
    }
    let result = compiled("#include <shim.h>\n", &options(Language::C17, &[Path::new("src")]));
    assert_eq!(result.dependencies, [std::path::absolute("src/shim.h").unwrap()]);
}

#[test]
fn a_path_need_not_be_text() {
    use std::os::unix::ffi::OsStringExt;
    let parent = Folder::new("bytes");
    let folder = parent.0.join(std::ffi::OsString::from_vec(b"caf\xe9".to_vec()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("x.h"), "int x = y;\n").unwrap();
    let failure =
        compile("#include <x.h>\n", &options(Language::C17, &[&folder]), Cpu::host()).unwrap_err();
    assert!(failure.to_string().contains("undeclared identifier 'y'"));
    fs::write(folder.join("x.h"), "#define X 1\n").unwrap();
    let result = compiled("#include <x.h>\n", &options(Language::C17, &[&folder]));
    assert_eq!(result.dependencies, [folder.join("x.h")]);
}

#[test]
fn the_systems_library_takes_the_place_of_ours_when_named() {
    let system = Path::new("/usr/include");
    if !system.join("features.h").exists() {
        return;
    }
    let source = "#include <math.h>\n#include <stdlib.h>\n#include <limits.h>\n#include <stdint.h>\n\
                  double f(double x) { return atan2(x, 1) + abs(INT_MIN + 1); }\n\
                  #ifndef __GLIBC__\n#error not the system's\n#endif\n";
    let result = compiled(source, &options(Language::C17, &[system]));
    assert!(result.dependencies.contains(&system.join("math.h")), "{:?}", result.dependencies);
    assert_eq!(result.warnings, []);
}

#[test]
fn folders_that_do_not_exist_are_skipped() {
    compiled("int f(void) { return 0; }", &options(Language::C17, &[Path::new("/no/such/folder")]));
    let failure = compile("#include \"/<shiver>/no.h\"", &Options::default(), Cpu::host());
    assert!(failure.is_err());
    compiled(
        "#include \"/<shiver>/include/clang/../clang/stddef.h\"\nsize_t n;",
        &Options::default(),
    );
}
