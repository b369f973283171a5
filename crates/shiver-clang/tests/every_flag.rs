//! No flag of clang's ends the process. Its own table of options says what flags there are; a child
//! process tries them, in case one does.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use shiver_clang::{Language, Options, compile};
use shiver_llvm::Cpu;

/// Values for flags that take one, beside those that the table lists.
const VALUES: [&str; 4] = ["", "1", "2147483648", "x"];

/// Every flag of the kinds that are taken, with values for those that take one.
fn flags() -> Vec<String> {
    let path = env!("CLANG_OPTIONS");
    let table = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    for entry in table.split("\nOPTION(").skip(1) {
        let entry = entry.split("#endif").next().unwrap_or_default().trim_end();
        let Some((spelling, rest)) = entry.split_once("/* ").and_then(|(_, r)| r.split_once(" */"))
        else {
            continue;
        };
        let taken = ["-f", "-m", "-g", "-W", "-O", "-std="];
        if !taken.iter().any(|prefix| spelling.starts_with(prefix)) {
            continue;
        }
        let kind = rest.split(", ").nth(2).unwrap_or_default();
        kinds.insert(spelling.to_owned(), kind.to_owned());
        // The last argument but one lists the values, if something does.
        let last = entry.strip_suffix("\", 0)").and_then(|entry| entry.rsplit_once('"'));
        if let Some((_, listed)) = last {
            let list = values.entry(spelling.trim_end_matches('=').to_owned()).or_default();
            list.extend(listed.split(',').map(str::to_owned));
        }
    }
    assert!(kinds.len() > 1000, "{} flags are not all", kinds.len());
    let mut flags = Vec::new();
    for (spelling, kind) in kinds {
        if kind == "Flag" {
            flags.push(spelling);
            continue;
        }
        let listed = values.get(spelling.trim_end_matches('=')).into_iter().flatten();
        for value in listed.map(String::as_str).chain(VALUES) {
            flags.push(format!("{spelling}{value}"));
        }
    }
    flags
}

#[test]
fn no_flag_ends_the_process() {
    if let Ok(start) = std::env::var("SHIVER_TEST_FLAGS_FROM") {
        return try_all(start.parse().unwrap());
    }
    let flags = flags();
    let mut deadly = Vec::new();
    let mut next = 0;
    while next < flags.len() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "no_flag_ends_the_process", "--nocapture"])
            .env("SHIVER_TEST_FLAGS_FROM", next.to_string())
            .stderr(Stdio::null())
            .output()
            .unwrap();
        if child.status.success() {
            break;
        }
        let printed = String::from_utf8_lossy(&child.stdout);
        let last = printed.lines().rev().find_map(|line| line.strip_prefix("flag "));
        let last: usize = last.and_then(|n| n.parse().ok()).expect("the child told where it was");
        deadly.push(format!("{} ({})", flags[last], child.status));
        next = last + 1;
    }
    assert!(deadly.is_empty(), "{deadly:#?}");
}

/// The child's part.
fn try_all(start: usize) {
    // What warns, what fails, and what uses a little of everything that flags are about.
    let sources = [
        "double f(double x, long i) { return x * y; }",
        "int unused(void) { int i; if (i = 2) return 1; }\n\
         struct s { double a; char b[3]; _Bool c : 1; }; static int n;\n\
         static _Thread_local double t;\n\
         static inline double g(const struct s *s, double (*h)(double)) { return h(s->a) + s->b[1]; }\n\
         static double sq(double x) { return x * x; }\n\
         double f(const struct s *s, float *y, long i) { char v[i + 1]; v[0] = 1; n++; t += 1;\n\
         for (int k = 0; k < 9; k++) y[k] = y[k] / 3 + k; switch (i) { case 1: return 2; case 7: return 3; }\n\
         return g(s, sq) + n + t + v[0]; }",
    ];
    for (k, flag) in flags().into_iter().enumerate().skip(start) {
        let mut stdout = std::io::stdout();
        writeln!(stdout, "flag {k}").and_then(|()| stdout.flush()).unwrap();
        for (language, source) in sources.iter().map(|source| (Language::C17, *source)).chain([(
            Language::Cxx17,
            "template <class T> T g(T x) { return x; } double f(double x) { return g(x); }",
        )]) {
            let options = Options { language, flags: vec![flag.clone()], ..Options::default() };
            // Refused, failed or compiled: all is well as long as there is an answer.
            let _ = compile(source, &options, Cpu::host());
        }
    }
}
