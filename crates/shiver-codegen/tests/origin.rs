//! Code from other compilers: which LLVM wrote it, and for which machine.

use shiver_codegen::{Error, Input, import};
use shiver_llvm::VERSION;

const NEXT: &str = "define i64 @next(i64 %i) { %r = add i64 %i, 1\n ret i64 %r }";

fn read(input: Input<'_>) -> Result<Vec<u8>, Error> {
    import(input, None, &[], &mut |_| ())
}

fn laid_out(layout: &str) -> Result<Vec<u8>, Error> {
    read(Input::Text(&format!("target datalayout = \"{layout}\"\n{NEXT}")))
}

/// LLVM's six-bit characters, in which it writes who wrote a file.
fn char6(c: u8) -> u8 {
    match c {
        b'a'..=b'z' => c - b'a',
        b'A'..=b'Z' => c - b'A' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'.' => 62,
        _ => 63,
    }
}

/// The bits of a text in that form, the least significant first.
fn bits(text: &str) -> Vec<bool> {
    text.bytes().flat_map(|c| (0..6).map(move |k| char6(c) >> k & 1 == 1)).collect()
}

/// The bitcode with another text of the same length where it says who wrote it.
fn written_by(bitcode: &[u8], from: &str, to: &str) -> Vec<u8> {
    let bit = |bytes: &[u8], k: usize| bytes[k / 8] >> (k % 8) & 1 == 1;
    let pattern = bits(from);
    let matches = |at: &usize| pattern.iter().enumerate().all(|(k, &b)| bit(bitcode, at + k) == b);
    let at = (0..8 * 128).find(matches).expect("bitcode says who wrote it");
    let mut forged = bitcode.to_vec();
    for (k, set) in bits(to).into_iter().enumerate() {
        let (byte, mask) = ((at + k) / 8, 1 << ((at + k) % 8));
        forged[byte] = if set { forged[byte] | mask } else { forged[byte] & !mask };
    }
    forged
}

#[test]
fn bitcode_of_a_newer_llvm_is_refused_with_both_versions() {
    let bitcode = read(Input::Text(NEXT)).unwrap();
    let release: u32 = VERSION.split('.').next().unwrap().parse().unwrap();
    let ours = format!("LLVM{release}");
    let newer = written_by(&bitcode, &ours, &format!("LLVM{}", release + 1));
    let error = read(Input::Bitcode(&newer)).unwrap_err().to_string();
    let rest = VERSION.split_once('.').unwrap().1;
    assert_eq!(
        error,
        format!(
            "this bitcode was written by LLVM {}.{rest}, and Shiver's LLVM is {VERSION}, which reads \
             bitcode of LLVM {release} and of older releases: compile it with one of these",
            release + 1
        )
    );
    for older in [release - 1, 10] {
        let older = written_by(&bitcode, &ours, &format!("LLVM{older}"));
        assert_eq!(read(Input::Bitcode(&older)).unwrap(), bitcode);
    }
}

#[test]
fn layouts_of_this_machine_are_adopted() {
    for ours in [
        "",
        "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128",
        // LLVM 17's, 9's and 3.2's.
        "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-f80:128-n8:16:32:64-S128",
        "e-m:e-i64:64-f80:128-n8:16:32:64-S128",
        "e-p:64:64:64-i1:8:8-i8:8:8-i16:16:16-i32:32:32-i64:64:64-f32:32:32-f64:64:64-v64:64:64-\
         v128:128:128-a0:0:64-s0:64:64-f80:128:128-n8:16:32:64-S128",
    ] {
        assert_eq!(laid_out(ours), read(Input::Text(NEXT)), "{ours}");
    }
}

#[test]
fn layouts_of_other_machines_are_refused() {
    for (layout, difference) in [
        ("E-m:e-i64:64-n32:64", "numbers begin with their most significant byte"),
        ("e-m:e-p:32:32-i64:64-S128", "a pointer has 4 bytes, and here 8"),
        ("e-m:e-i64:32-S128", "int64 is aligned to 4 bytes, and here to 8"),
        ("e-m:e-i64:64-f64:32-S128", "double is aligned to 4 bytes, and here to 8"),
        ("e-m:w-i64:64-f80:128-S128", "symbols are written as m:w says, and here as m:e"),
    ] {
        let error = laid_out(layout).unwrap_err();
        assert_eq!(
            error,
            Error::Unsupported {
                message: format!(
                    "this code was laid out for another machine: {difference} (its data layout is \
                     {layout:?}); compile it for x86_64-pc-linux-gnu, or leave target datalayout out"
                )
            }
        );
    }
}
