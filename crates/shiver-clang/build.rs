//! Compiles the shim, links clang's archives, and packs the headers that go into the program.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Clang's archives, each before those that it needs: the front end with its driver, without the
/// analyzer, the rewriters and the tools.
const CLANG: &[&str] = &[
    "CodeGen",
    "Frontend",
    "Driver",
    "Options",
    "Serialization",
    "Parse",
    "Sema",
    "Edit",
    "Analysis",
    "AnalysisLifetimeSafety",
    "ASTMatchers",
    "AST",
    "APINotes",
    "Lex",
    "Support",
    "Basic",
];

/// LLVM's archives that only clang's driver needs; the rest comes with the crate `shiver-llvm`.
const LLVM: &[&str] = &["Option", "WindowsDriver"];

/// The headers of clang's own that a source for x86-64 may name. What these include comes along;
/// the other three quarters of clang's folder are for other processors and for accelerators.
const CLANG_HEADERS: &[&str] = &[
    "cpuid.h",
    "float.h",
    "inttypes.h",
    "iso646.h",
    "limits.h",
    "mm_malloc.h",
    "stdalign.h",
    "stdarg.h",
    "stdatomic.h",
    "stdbool.h",
    "stdckdint.h",
    "stdcountof.h",
    "stddef.h",
    "stdint.h",
    "stdnoreturn.h",
    "tgmath.h",
    "ammintrin.h",
    "emmintrin.h",
    "immintrin.h",
    "mmintrin.h",
    "nmmintrin.h",
    "pmmintrin.h",
    "smmintrin.h",
    "tmmintrin.h",
    "wmmintrin.h",
    "x86gprintrin.h",
    "x86intrin.h",
    "xmmintrin.h",
];

/// Where the headers are inside the program; the shim knows the first part.
const ROOT: &str = "/<shiver>/include";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let prefix =
        PathBuf::from(env::var_os("DEP_SHIVER_LLVM_PREFIX").expect("shiver-llvm names LLVM"));
    // For the tests: every option that clang has.
    let options = prefix.join("include/clang/Options/Options.inc");
    println!("cargo::rustc-env=CLANG_OPTIONS={}", options.display());
    compile_shim(&prefix);
    // After the shim, so that the linker meets who needs before who has.
    println!("cargo::rustc-link-search=native={}", prefix.join("lib").display());
    for name in CLANG {
        println!("cargo::rustc-link-lib=static:-bundle=clang{name}");
    }
    for name in LLVM {
        println!("cargo::rustc-link-lib=static:-bundle=LLVM{name}");
    }
    pack_headers(&prefix);
}

fn compile_shim(prefix: &Path) {
    println!("cargo::rerun-if-changed=src/shim.cpp");
    println!("cargo::rerun-if-changed=src/shim.h");
    let config = prefix.join("bin/llvm-config");
    let output = Command::new(&config).arg("--cxxflags").output();
    let output = output.unwrap_or_else(|e| panic!("{} cannot be run: {e}", config.display()));
    let flags = String::from_utf8(output.stdout).expect("llvm-config prints text");

    let mut build = cc::Build::new();
    build
        .cpp(true)
        .cpp_link_stdlib(None)
        .std("c++17")
        .opt_level(1)
        .debug(false)
        .file("src/shim.cpp");
    build.flag("-fno-rtti").flag("-ffunction-sections").flag("-fdata-sections");
    for flag in flags.split_whitespace().filter(|flag| !flag.starts_with("-std=")) {
        // As system headers, LLVM's own warnings stay with LLVM.
        match flag.strip_prefix("-I") {
            Some(folder) => build.flag("-isystem").flag(folder),
            None => build.flag(flag),
        };
    }
    build.flag("-Wno-unused-parameter").compile("shiver_clang_shim");
}

/// Writes all headers, each followed by a NUL, into one file, and a table of them as Rust.
fn pack_headers(prefix: &Path) {
    let mut headers = BTreeMap::new();
    for folder in ["c", "c++"] {
        let path = Path::new("include").join(folder);
        println!("cargo::rerun-if-changed={}", path.display());
        add_folder(&path, &format!("{ROOT}/{folder}"), &mut headers);
    }
    // Its folder bears the major version: the build finds the one there is.
    let parent = prefix.join("lib/clang");
    let folders = fs::read_dir(&parent).unwrap_or_else(|e| panic!("{}: {e}", parent.display()));
    let clang = folders.map(|entry| entry.expect("a folder's entry").path().join("include"));
    let clang = clang.into_iter().find(|folder| folder.join("stddef.h").exists());
    let clang = clang.unwrap_or_else(|| panic!("{} holds no headers of clang", parent.display()));
    add_with_what_they_include(&clang, &mut headers);

    let mut blob = Vec::new();
    let mut table = String::from("&[\n");
    for (path, text) in &headers {
        let (start, length) = (blob.len(), text.len());
        writeln!(table, "    (c{path:?}, {start}, {length}),").expect("a string grows");
        blob.extend_from_slice(text);
        blob.push(0);
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names it"));
    fs::write(out.join("headers.bin"), blob).expect("OUT_DIR can be written");
    fs::write(out.join("headers.rs"), table).expect("OUT_DIR can be written");
}

fn add_folder(folder: &Path, name: &str, headers: &mut BTreeMap<String, Vec<u8>>) {
    // A folder that is not there yet holds nothing.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("a folder's entry").path();
        let name = format!("{name}/{}", path.file_name().expect("a name").to_str().expect("UTF-8"));
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_dir() {
            add_folder(&path, &name, headers);
        } else {
            headers.insert(name, fs::read(&path).expect("a header can be read"));
        }
    }
}

fn add_with_what_they_include(folder: &Path, headers: &mut BTreeMap<String, Vec<u8>>) {
    let mut waiting: Vec<String> = CLANG_HEADERS.iter().map(|name| (*name).to_owned()).collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        let path = folder.join(&name);
        if !seen.insert(name.clone()) || !path.is_file() {
            continue; // one of the C library's
        }
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).expect("a header can be read");
        for line in text.lines() {
            let Some(rest) = line.trim_start().strip_prefix('#') else { continue };
            let Some(rest) = rest.trim_start().strip_prefix("include") else { continue };
            let included = rest.split(['"', '<', '>']).nth(1);
            waiting.extend(included.map(str::to_owned));
        }
        headers.insert(format!("{ROOT}/clang/{name}"), text.into_bytes());
    }
}
