//! Compiles what LLVM offers to C++ alone: the handler of its remarks, who wrote a piece of bitcode,
//! and a back end that is kept.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    let files =
        ["remarks.cpp", "remarks.h", "producer.cpp", "producer.h", "emitter.cpp", "emitter.h"];
    for file in files.map(|name| format!("src/{name}")).iter().chain([&"build.rs".to_owned()]) {
        println!("cargo::rerun-if-changed={file}");
    }
    let prefix =
        PathBuf::from(env::var_os("DEP_SHIVER_LLVM_PREFIX").expect("shiver-llvm names LLVM"));
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
        .file("src/remarks.cpp")
        .file("src/producer.cpp")
        .file("src/emitter.cpp");
    build.flag("-fno-rtti").flag("-ffunction-sections").flag("-fdata-sections");
    for flag in flags.split_whitespace().filter(|flag| !flag.starts_with("-std=")) {
        // As system headers, LLVM's own warnings stay with LLVM.
        match flag.strip_prefix("-I") {
            Some(folder) => build.flag("-isystem").flag(folder),
            None => build.flag(flag),
        };
    }
    build.compile("shiver_codegen_llvm");
}
