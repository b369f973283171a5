//! Finds LLVM 22 and says how to link its static archives.
//!
//! The one place that knows where LLVM is: other build scripts read `DEP_SHIVER_LLVM_PREFIX`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release whose C++ interface the shim is written against.
const VERSION: &str = "22.1";

/// What the code generator, clang's own code generation and the printers need.
const COMPONENTS: &[&str] = &[
    "x86",
    "passes",
    "ipo",
    "bitwriter",
    "bitreader",
    "irreader",
    "linker",
    "coverage",
    "lto",
    "frontendopenmp",
    "frontendhlsl",
    "frontenddriver",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LLVM_SYS_221_PREFIX");
    let config = find_llvm_config();
    let ask = |arguments: &[&str]| {
        let output = Command::new(&config).args(arguments).output();
        let output = output.unwrap_or_else(|e| panic!("{} cannot be run: {e}", config.display()));
        assert!(
            output.status.success(),
            "{} {} failed: {}",
            config.display(),
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("llvm-config prints text").trim().to_owned()
    };

    println!("cargo::metadata=PREFIX={}", ask(&["--prefix"]));
    println!("cargo::rustc-env=SHIVER_LLVM_VERSION={}", ask(&["--version"]));
    println!("cargo::rustc-link-search=native={}", ask(&["--libdir"]));
    let names = ask(&[&["--link-static", "--libnames"], COMPONENTS].concat());
    // Debian's LLVM knows Polly as an extension; nothing here calls it, and the shim answers for it.
    for name in names.split_whitespace().filter(|name| !name.starts_with("libPolly")) {
        let name = name.strip_prefix("lib").and_then(|name| name.strip_suffix(".a"));
        println!("cargo::rustc-link-lib=static:-bundle={}", name.expect("an archive's name"));
    }

    // Static where an archive is at hand, so that the host's own copies never meet ours.
    for (name, package) in [("stdc++", "g++"), ("zstd", "libzstd-dev"), ("z", "zlib1g-dev")] {
        let file = archive_of_the_compiler(&format!("lib{name}.a"));
        let file =
            file.unwrap_or_else(|| panic!("lib{name}.a is not installed; Debian: {package}"));
        println!("cargo::rustc-link-search=native={}", file.parent().expect("a folder").display());
        println!("cargo::rustc-link-lib=static:-bundle={name}");
    }
}

fn find_llvm_config() -> PathBuf {
    let candidates = match env::var_os("LLVM_SYS_221_PREFIX") {
        Some(prefix) => vec![Path::new(&prefix).join("bin/llvm-config")],
        None => vec!["/usr/lib/llvm-22/bin/llvm-config".into(), "llvm-config-22".into()],
    };
    for candidate in &candidates {
        if let Ok(output) = Command::new(candidate).arg("--version").output()
            && String::from_utf8_lossy(&output.stdout).starts_with(VERSION)
        {
            return candidate.clone();
        }
    }
    panic!(
        "LLVM {VERSION} was not found (tried {}). On Debian: apt-get install llvm-22-dev \
         libclang-22-dev libzstd-dev zlib1g-dev. Elsewhere: set LLVM_SYS_221_PREFIX to the folder \
         that holds its bin/llvm-config.",
        candidates.iter().map(|c| c.display().to_string()).collect::<Vec<_>>().join(", ")
    );
}

/// The archive that the C++ compiler would link, if there is one.
fn archive_of_the_compiler(name: &str) -> Option<PathBuf> {
    let compiler = env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let output = Command::new(compiler).arg(format!("-print-file-name={name}")).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_absolute().then_some(path)
}
