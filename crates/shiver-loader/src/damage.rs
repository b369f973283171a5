//! Damaged objects are refused or loaded, and never stop the process. Nothing of them runs.

#[path = "../tests/compiler/mod.rs"]
mod compiler;

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::relocate::prepare;
use crate::symbols::process_symbol;
use crate::{LoadError, object};

/// Real objects of several shapes.
static OBJECTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let source = r#"
        #include <math.h>
        #include <stdio.h>
        extern int absent; extern char **environ;
        static const double weights[5] = {1.5, 2.5, 3.5, 4.5, 5.5};
        static int calls; int start = 40; static int zeros[5000]; int common[10];
        static double twice(double x) { return 2 * x; }
        double (*table[])(double) = {twice, sin};
        const char *const names[] = {"alpha", "beta", "gamma"};
        __attribute__((weak)) int maybe(int);
        __attribute__((constructor, used)) static void begin(void) { start = 3; }
        __asm__(".section .ctors,\"aw\",@progbits\n .quad begin\n .text");
        int classify(int x) {
            switch (x) { case 0: return puts("zero"); case 1: return absent; case 2: return 3; case 3: return maybe(3);
                         case 4: return zeros[calls++]; case 5: return common[2]++; case 6: return 12; }
            return environ != 0;
        }
        double f(int i, double x) { return table[i](x) * weights[i] + cos(x) + names[i][1]; }"#;
    let flavours: [&[&str]; 4] = [
        &["-fcommon"],
        &["-O3", "-ffunction-sections", "-fdata-sections", "-g"],
        &["-mcmodel=large"],
        &["-O0", "-fno-plt"],
    ];
    let mut objects: Vec<Vec<u8>> =
        flavours.iter().map(|flags| compiler::compile(source, flags)).collect();
    objects.push(compiler::compile("int f(int x) { return x + 1; }", &[]));
    objects
});

/// Loads the bytes up to the point where something would run.
fn try_load(bytes: &[u8]) -> Result<(), LoadError> {
    prepare(bytes, &|name| {
        process_symbol(name).or_else(|| (name == "absent").then_some(0x1234_5678_9abc))
    })
    .map(|loaded| {
        assert!(loaded.constructors.iter().all(|&address| address >= loaded.mapping.base()))
    })
}

/// Where the tables that say how to read the rest are: the file's header, the section headers, symbols, relocations.
fn tables(bytes: &[u8]) -> Vec<usize> {
    let word = |at: usize| u64::from_le_bytes(*bytes[at..].first_chunk().expect("inside")) as usize;
    let sections = word(40);
    let mut places: Vec<usize> = (0..64).step_by(8).collect();
    for header in (sections..bytes.len() - 63).step_by(64) {
        places.extend((header..header + 64).step_by(4));
        let kind = u32::from_le_bytes(*bytes[header + 4..].first_chunk().expect("inside"));
        // SHT_SYMTAB and SHT_RELA, whose entries have 24 bytes.
        if matches!(kind, 2 | 4) {
            let start = word(header + 24);
            places.extend((start..start + word(header + 32)).step_by(4));
        }
    }
    places
}

#[test]
fn the_undamaged_objects_load() {
    for bytes in OBJECTS.iter() {
        assert_eq!(try_load(bytes), Ok(()));
        assert!(object::Object::parse(bytes).is_ok());
    }
}

#[test]
fn every_truncation_is_survived() {
    for bytes in OBJECTS.iter() {
        for length in (0..bytes.len()).filter(|length| length % 7 == 0 || *length < 200) {
            // Section headers come last, so a shorter file has not all of them.
            assert!(
                matches!(try_load(&bytes[..length]), Err(LoadError::Malformed { .. })),
                "{length}"
            );
        }
    }
}

#[test]
fn every_byte_of_a_small_object_may_be_wrong() {
    let original = OBJECTS.last().expect("several");
    for at in 0..original.len() {
        for wrong in [0x00, 0x01, 0x7f, 0x80, 0xff, original[at] ^ 0x10] {
            let mut bytes = original.clone();
            bytes[at] = wrong;
            let _ = try_load(&bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wrong_bytes_are_survived(which: Index, flips in vec((any::<Index>(), any::<u8>()), 1..12)) {
        let mut bytes = which.get(&OBJECTS).clone();
        let length = bytes.len();
        for (at, value) in flips {
            bytes[at.index(length)] = value;
        }
        let _ = try_load(&bytes);
    }

    /// The same where it hurts most.
    #[test]
    fn wrong_tables_are_survived(
        which: Index,
        changes in vec(
            (
                any::<Index>(),
                prop_oneof![
                    select(vec![
                        0, 1, 3, 4, 7, 0x28, 0x1000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 40,
                        u64::MAX >> 1, u64::MAX, u64::MAX - 7, 0xfff1_0000, 0xfff2,
                    ]),
                    any::<u64>(),
                    0..5000u64,
                ],
                1..=8usize,
            ),
            1..5,
        ),
    ) {
        let mut bytes = which.get(&OBJECTS).clone();
        let places = tables(&bytes);
        for (at, value, width) in changes {
            let at = *at.get(&places);
            let end = (at + width).min(bytes.len());
            bytes[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
        }
        let _ = try_load(&bytes);
    }

    #[test]
    fn noise_is_survived(mut noise in vec(any::<u8>(), 0..600), header: bool) {
        if header {
            let start = noise.len().min(64);
            noise[..start].copy_from_slice(&OBJECTS[0][..start]);
        }
        let _ = try_load(&noise);
    }
}
