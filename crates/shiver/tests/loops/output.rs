//! What bodies print.

use std::ops::ControlFlow;
use std::process::Command;

use shiver::{Args, Function, Launch, Plan, Schedule, Space};

use crate::ways::{c, run, way};

/// Runs a body of one index and gives all that it prints.
fn printed(function: &Function, n: i128, plan: &Plan<'_>) -> String {
    let space = Space::new([shiver::Dim::upto(n)]).unwrap();
    let mut launch = Launch::new(function, &space, [].into_iter()).unwrap();
    let mut text = Vec::new();
    // SAFETY: the bodies here touch no memory of others.
    let outcome = unsafe {
        launch.run(std::ptr::null_mut(), plan, &mut |tick| {
            text.extend_from_slice(tick.output.unwrap_or_default());
            ControlFlow::Continue(())
        })
    };
    assert!(outcome.unwrap().is_completed());
    text.extend(launch.rest_of_output().unwrap_or_default());
    String::from_utf8(text).unwrap()
}

#[test]
fn printf_is_collected_in_whole_lines() {
    let f = c(
        "#include <stdio.h>\nvoid f(long i) { printf(\"%ld \", i); printf(\"%5.2f %s\\n\", i / 4.0, \"x\"); }",
    );
    for plan in
        [way(Schedule::Static, 1, 0), way(Schedule::Auto, 4, 3), way(Schedule::Dynamic, 3, 1)]
    {
        let mut lines: Vec<_> = printed(&f, 50, &plan).lines().map(str::to_owned).collect();
        lines.sort_by_key(|line| line.split(' ').next().unwrap().parse::<i64>().unwrap());
        let wanted = (0..50).map(|i| format!("{i} {:5.2} x", f64::from(i) / 4.0));
        assert!(lines.iter().cloned().eq(wanted), "{lines:?}");
    }
}

#[test]
fn every_printing_function_is_collected() {
    let f = c("#include <stdio.h>\n#include <stdarg.h>\n\
               static void log(const char *format, ...) { va_list a; va_start(a, format); vprintf(format, a); va_end(a); }\n\
               void f(long i) { puts(\"puts\"); putchar('c'); fputs(\"fputs\\n\", stdout); fputc('d', stdout);\n\
               putc('\\n', stdout); fprintf(stdout, \"%d\\n\", 7); fwrite(\"ab\\n\", 1, 3, stdout); log(\"%s\\n\", \"v\"); fflush(stdout);\n\
               printf(\"%600d\\n\", 1); printf(\"end\"); }");
    let text = printed(&f, 1, &Plan::default());
    assert_eq!(text, format!("puts\ncfputs\nd\n7\nab\nv\n{:>600}\nend", 1));
}

/// Run as a child by the test below: what `parfor` does with the text is write it.
#[test]
#[ignore = "prints; run by parfor_writes_to_standard_output"]
fn prints() {
    let f = c(
        "#include <stdio.h>\nvoid f(long i) { printf(\"line %ld\\n\", i); if (i == 9) printf(\"end\"); }",
    );
    run(&f, 10, Args::new(), &way(Schedule::Auto, 3, 1));
}

#[test]
fn parfor_writes_to_standard_output() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "output::prints", "--ignored", "--nocapture", "--quiet"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{text}");
    for i in 0..10 {
        assert_eq!(text.matches(&format!("line {i}\n")).count(), 1, "{text}");
    }
    assert_eq!(text.matches("end").count(), 1, "{text}");
}
