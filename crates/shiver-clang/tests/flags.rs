//! Which flags are taken, and what is said of the others.

use shiver_clang::{Failure, Language, Options, check_flags, compile};
use shiver_llvm::Cpu;

fn with_flags(flags: &[&str]) -> Options {
    Options { flags: flags.iter().map(|&flag| flag.to_owned()).collect(), ..Options::default() }
}

#[test]
fn taken() {
    let table: &[&[&str]] = &[
        &["-DX"],
        &["-DX=1"],
        &["-D", "X=1"],
        &["-UX"],
        &["-U", "X"],
        &["-Isome/folder"],
        &["-I", "some/folder"],
        &["-std=c11"],
        &["-std=gnu2x"],
        &["-O"],
        &["-O0"],
        &["-O3"],
        &["-Os"],
        &["-Oz"],
        &["-Og"],
        &["-Ofast"],
        &["-g"],
        &["-g0"],
        &["-g3"],
        &["-ggdb"],
        &["-gdwarf-5"],
        &["-gline-tables-only"],
        &["-W"],
        &["-Wall", "-Wextra", "-Wno-unused", "-Werror=return-type", "-Weverything"],
        &["-ffast-math"],
        &["-fno-fast-math"],
        &["-fno-signed-zeros"],
        &["-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math"],
        &["-ffp-contract=fast"],
        &["-ffp-model=strict"],
        &["-fwrapv"],
        &["-fno-strict-aliasing"],
        &["-funroll-loops"],
        &["-fno-builtin"],
        &["-fopenmp-simd"],
        &["-ftrapv"],
        &["-fsigned-char"],
        &["-fshort-enums"],
        &["-fPIC"],
        &["-fno-exceptions"],
        &["-fno-rtti"],
        &["-fmath-errno"],
        &["-fno-discard-value-names"],
        &["-march=native"],
        &["-march=x86-64-v3"],
        &["-mtune=native"],
        &["-mavx2", "-mfma"],
        &["-mno-avx512f"],
        &["-mprefer-vector-width=512"],
        &["-mrecip"],
        &["-ftemplate-depth=100"],
        &["-fbracket-depth=1000"],
        &["-fdiagnostics-color=always"],
        &["-fcolor-diagnostics"],
        &["-fno-omit-frame-pointer"],
        &["-fstack-protector"],
        &["-fvisibility=hidden"],
        &["-fms-extensions"],
    ];
    for flags in table {
        check_flags(flags).unwrap_or_else(|error| panic!("{error}"));
        let compiled = compile(
            "double f(double x, long i) { return x * i; }",
            &with_flags(flags),
            Cpu::host(),
        );
        let compiled = compiled.unwrap_or_else(|failure| panic!("{flags:?}: {failure}"));
        assert_eq!(compiled.signatures.len(), 1, "{flags:?}");
        let about_flags = compiled.warnings.iter().find(|warning| warning.file.is_empty());
        assert_eq!(about_flags, None, "{flags:?}");
    }
}

#[test]
fn refused_by_name() {
    let table = [
        "-o",
        "-oout",
        "-x",
        "-xc++",
        "-Xclang",
        "-Xlinker",
        "-mllvm",
        "-load",
        "-c",
        "-E",
        "-S",
        "-include",
        "-isystem",
        "-iquote",
        "-idirafter",
        "-isysroot",
        "-imacros",
        "-l",
        "-lm",
        "-L/x",
        "-v",
        "-H",
        "-M",
        "-MD",
        "-MF",
        "-w",
        "-pedantic",
        "-pthread",
        "-shared",
        "-static",
        "-nostdinc",
        "-save-temps",
        "-help",
        "--help",
        "--target=arm",
        "-target",
        "-ObjC",
        "-O9",
        "-Ofastest",
        "-",
        "",
        "x.c",
        "@file",
        "/x.c",
        "-I-",
        "-f",
        "-m",
        "-fplugin=x.so",
        "-fplugin-arg-x-y",
        "-fpass-plugin=x.so",
        "-fsanitize=address",
        "-fsanitize-trap",
        "-fopenmp",
        "-fopenmp=libomp",
        "-fopenmp-targets=x",
        "-fprofile-generate",
        "-fprofile-instr-use=x",
        "-fcoverage-mapping",
        "-fmodules",
        "-fmodule-map-file=x",
        "-fmodule-file=x",
        "-fmodules-cache-path=x",
        "-fimplicit-modules",
        "-fprebuilt-module-path=x",
        "-fuse-ld=lld",
        "-flto",
        "-fembed-bitcode",
        "-fexceptions",
        "-fcxx-exceptions",
        "-frtti",
        "-fsyntax-only",
        "-ftime-trace",
        "-ftime-report",
        "-fsave-optimization-record",
        "-fstack-usage",
        "-fno-integrated-cc1",
        "-fno-pic",
        "-fPIE",
        "-fblocks",
        "-fobjc-arc",
        "-fxray-instrument",
        "-finstrument-functions",
        "-m32",
        "-mx32",
        "-m16",
        "-mcmodel=large",
        "-gsplit-dwarf",
        "-gmodules",
        "-gcc-toolchain=/x",
        "-Wl,-rpath",
        "-Wa,-x",
        "-Wp,-D",
        "-fproc-stat-report=x",
        "-fdump-record-layouts",
        "-fcrash-diagnostics-dir=x",
        "-gen-reproducer=always",
        "-fthinlto-index=x",
        "-fdiagnostics-format=sarif",
        "-fenable-matrix",
        "-fbracket-depth=100000000",
        "-ftemplate-depth=4097",
        "-ftemplate-depth-99999999999",
        "-fconstexpr-depth=-1",
        "-ftrivial-auto-var-init-max-size=x",
        "-ftrivial-auto-var-init-stop-after=2147483648",
        "-foperator-arrow-depth=x",
    ];
    for flag in table {
        let error = check_flags(&[flag, "value"]).expect_err(flag);
        assert_eq!(error.flag, flag);
        assert!(!error.reason.is_empty());
        let failure =
            compile("int f(void) { return 0; }", &with_flags(&["-Wall", flag]), Cpu::host());
        let Err(Failure::Flag { flag: named, .. }) = failure else { panic!("{flag}: {failure:?}") };
        assert_eq!(named, flag);
    }
    assert_eq!(check_flags(&["-D"]).unwrap_err().reason, "must be followed by its value");
    assert!(
        check_flags(&["-o", "x"])
            .unwrap_err()
            .to_string()
            .starts_with("flag -o: there is no output file")
    );
}

#[test]
fn what_clang_refuses_is_blamed_on_the_flag() {
    let table = [
        ("-fno-such-flag", "unknown argument"),
        ("-mno-such-flag", "unknown argument"),
        ("-gno-such-flag", "unknown argument"),
        ("-march=potato", "potato"),
        ("-std=c++17", "not allowed with 'C'"),
        ("-std=potato", "potato"),
        ("-ffp-contract=potato", "potato"),
        ("-mavx2=3", "unknown argument"),
    ];
    for (flag, reason) in table {
        let failure =
            compile("int f(void) { return 0; }", &with_flags(&["-Wall", flag]), Cpu::host());
        let Err(Failure::Flag { flag: named, reason: said }) = failure else {
            panic!("{flag}: {failure:?}")
        };
        assert_eq!(named, flag, "{said}");
        assert!(said.contains(reason), "{flag}: {said}");
    }
    let cxx = Options { language: Language::Cxx17, ..with_flags(&["-std=c11"]) };
    let failure = compile("int f() { return 0; }", &cxx, Cpu::host());
    assert!(
        matches!(&failure, Err(Failure::Flag { flag, .. }) if flag == "-std=c11"),
        "{failure:?}"
    );
    // An unknown warning is a warning, as it is with the command.
    let compiled =
        compile("int f(void) { return 0; }", &with_flags(&["-Wpotato"]), Cpu::host()).unwrap();
    assert_eq!(
        compiled.warnings[0].message,
        "unknown warning option '-Wpotato'; did you mean '-Wformat'?"
            .replace("; did you mean '-Wformat'?", ""),
        "{:?}",
        compiled.warnings
    );
}

#[test]
fn defines_must_be_macros() {
    for (name, value) in [
        ("", None),
        ("1x", None),
        ("a b", None),
        ("x=1", None),
        ("x", Some("1\n#error")),
        ("x(", None),
        ("x\0", None),
    ] {
        let options = Options {
            defines: vec![(name.to_owned(), value.map(str::to_owned))],
            ..Options::default()
        };
        let failure = compile("int f(void) { return 0; }", &options, Cpu::host());
        assert!(matches!(failure, Err(Failure::Flag { .. })), "{name:?}: {failure:?}");
    }
}

#[test]
fn an_unknown_cpu_is_an_error() {
    let failure = compile("int f(void) { return 0; }", &Options::default(), &Cpu::named("potato"));
    let Err(Failure::Diagnostics(diagnostics)) = failure else { panic!("{failure:?}") };
    assert!(diagnostics[0].message.contains("potato"), "{diagnostics:?}");
}
