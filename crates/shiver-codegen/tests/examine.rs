//! Nests compiled to be looked at: what is found, and that looking changes nothing.

use std::fs;
use std::path::PathBuf;

use shiver_clang::{FastMath, Language, Options};
use shiver_codegen::{Body, Examination, Input, Shape, Stage, compile_nest, examine_nest, import};
use shiver_llvm::Cpu;

fn cpu() -> Cpu {
    Cpu::named("sapphirerapids")
}

fn shape(indices: usize) -> Shape {
    Shape { indices, unit_steps: true, reduction: None, tiles: true, streams: 0 }
}

fn examine(source: &str, indices: usize) -> Examination {
    let compiled = shiver_clang::compile_with_places(source, &Options::default(), &cpu())
        .unwrap_or_else(|e| panic!("{e}"));
    let symbol = &compiled.signatures.last().expect("a body").symbol;
    examine_nest(Body { bitcode: &compiled.bitcode, symbol }, None, shape(indices), &cpu()).unwrap()
}

#[test]
fn looking_changes_no_byte() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bodies");
    let mut compared = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        if source.lines().any(|line| line.starts_with("// for ")) {
            continue; // One of each kind will do.
        }
        let language =
            if source.contains("// lang: c++") { Language::Cxx17 } else { Language::C17 };
        let indices = source.lines().find_map(|line| line.strip_prefix("// indices: "));
        let indices = indices.map_or(1, |n| n.parse().unwrap());
        for fastmath in [FastMath::default(), FastMath::all()] {
            let options = Options { language, fastmath, ..Options::default() };
            // A body that sets the rounding mode is refused under fast math.
            let Ok(plain) = shiver_clang::compile(&source, &options, &cpu()) else {
                assert!(source.contains("FENV_ACCESS") && fastmath == FastMath::all());
                continue;
            };
            let placed = shiver_clang::compile_with_places(&source, &options, &cpu()).unwrap();
            let symbol = &plain.signatures.last().expect("a body").symbol;
            let body = |bitcode| Body { bitcode, symbol };
            let shape = shape(indices);
            let Ok(usual) = compile_nest(body(&plain.bitcode), None, shape, &cpu(), Stage::Object)
            else {
                assert!(examine_nest(body(&placed.bitcode), None, shape, &cpu()).is_err());
                continue;
            };
            for bitcode in [&plain.bitcode, &placed.bitcode] {
                let looked = examine_nest(body(bitcode), None, shape, &cpu()).unwrap();
                assert!(looked.object == usual.bytes, "another object: {source}");
            }
            compared += 1;
        }
    }
    assert!(compared > 80, "only {compared} nests were compared");
}

#[test]
fn listings_show_the_nest_before_and_after_without_places() {
    let looked = examine("void f(double *x, long i) {\n    x[i] += 1;\n}\n", 1);
    assert!(looked.built.contains("call void @f("), "{}", looked.built);
    assert!(looked.optimized.contains("<8 x double>"), "{}", looked.optimized);
    for text in [&looked.built, &looked.optimized] {
        assert!(text.contains("define void @shiver.nest("), "{text}");
        assert!(!text.contains("!dbg") && !text.contains("DILocation"), "{text}");
    }
    assert!(looked.assembly.contains("vaddpd"), "{}", looked.assembly);
    assert!(looked.timings.emit > std::time::Duration::ZERO);
}

#[test]
fn the_loop_over_the_space_and_those_inside_are_told_apart() {
    let looked = examine(
        "float f(const float *x, long n, long i) {\n    float least = x[i];\n    \
         for (long k = 0; k < n; k++)\n        if (x[k] > i) return k;\n    return least;\n}\n",
        1,
    );
    let findings = looked.findings;
    assert_eq!((findings.nest.width, findings.nest.considered), (1, false));
    assert_eq!(findings.inner.len(), 1);
    assert_eq!(findings.inner[0].place.as_ref().map(|place| place.line), Some(3));

    let findings = examine("void f(double *x, long i, long j) { x[i * 100 + j] = j; }", 2).findings;
    assert_eq!((findings.nest.width, findings.inner.len()), (8, 0));
}

/// Code without places: its loops are not taken for the nest's.
#[test]
fn loops_of_textual_ir_are_told_apart_from_the_nest() {
    let text = "define double @f(ptr %x, i64 %n, i64 %i) {
    entry:
        br label %again
    again:
        %k = phi i64 [ 0, %entry ], [ %next, %again ]
        %s = phi double [ 0.0, %entry ], [ %sum, %again ]
        %p = getelementptr double, ptr %x, i64 %k
        %v = load double, ptr %p
        %sum = fadd double %s, %v
        %next = add i64 %k, 1
        %more = icmp slt i64 %next, %n
        br i1 %more, label %again, label %done
    done:
        ret double %sum
    }";
    let bitcode = import(Input::Text(text), Some("f"), &[], &mut |_| ()).unwrap();
    let body = Body { bitcode: &bitcode, symbol: "f" };
    let findings = examine_nest(body, None, shape(1), &cpu()).unwrap().findings;
    assert!(!findings.nest.considered && findings.nest.reasons.is_empty());
    let names: Vec<_> =
        findings.inner.iter().flat_map(|found| &found.reasons).map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["CantReorderFPOps"]);
    assert_eq!(findings.inner[0].place.as_ref().map(|place| place.file.as_str()), Some("<ir>"));
}
