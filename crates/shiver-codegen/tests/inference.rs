//! What is inferred of the memory behind pointers, against what the code was made to say.

use std::fmt::Write;

use proptest::prelude::*;
use shiver_codegen::{Input, import, signatures};
use shiver_signature::{Origin, Scalar, Signature, Type};

fn inferred(text: &str) -> Signature {
    let bitcode = import(Input::Text(text), None, &[], &mut |_| ()).unwrap_or_else(|error| {
        panic!("{error} in\n{text}");
    });
    let mut found = signatures(&bitcode).unwrap();
    assert_eq!(found.len(), 1, "{text}");
    found.remove(0)
}

/// How an access comes to its address.
#[derive(Clone, Copy, Debug)]
enum Way {
    Direct,
    Element,
    Bytes,
    Rows,
    Local,
    Select,
    Loop,
    Callee,
}

const WAYS: [Way; 8] = [
    Way::Direct,
    Way::Element,
    Way::Bytes,
    Way::Rows,
    Way::Local,
    Way::Select,
    Way::Loop,
    Way::Callee,
];

#[derive(Clone, Copy, Debug)]
enum Kind {
    Load,
    Vector,
    Store,
    Atomic,
}

#[derive(Clone, Copy, Debug)]
struct Access {
    way: Way,
    kind: Kind,
    scalar: Scalar,
}

fn llvm_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Int8 => "i8",
        Scalar::Int16 => "i16",
        Scalar::Int32 => "i32",
        Scalar::Int64 => "i64",
        Scalar::Float16 => "half",
        Scalar::Float32 => "float",
        _ => "double",
    }
}

fn access() -> impl Strategy<Value = Access> {
    let scalar = prop::sample::select(vec![
        Scalar::Int8,
        Scalar::Int16,
        Scalar::Int32,
        Scalar::Int64,
        Scalar::Float16,
        Scalar::Float32,
        Scalar::Float64,
    ]);
    let kind = prop::sample::select(vec![Kind::Load, Kind::Vector, Kind::Store, Kind::Atomic]);
    (prop::sample::select(WAYS.to_vec()), kind, scalar).prop_map(|(way, kind, scalar)| {
        // Not all types can be exchanged as one.
        let kind = match kind {
            Kind::Atomic if !matches!(scalar, Scalar::Int32 | Scalar::Int64) => Kind::Store,
            kind => kind,
        };
        Access { way, kind, scalar }
    })
}

/// Some of one type, and some of any.
fn accesses() -> impl Strategy<Value = Vec<Access>> {
    let alike = (prop::collection::vec(access(), 0..5), access()).prop_map(|(mut all, one)| {
        all.iter_mut().for_each(|access| access.scalar = one.scalar);
        for access in &mut all {
            if matches!(access.kind, Kind::Atomic)
                && !matches!(access.scalar, Scalar::Int32 | Scalar::Int64)
            {
                access.kind = Kind::Store;
            }
        }
        all
    });
    prop_oneof![3 => alike, 1 => prop::collection::vec(access(), 0..4)]
}

fn write_access(text: &mut String, helpers: &mut String, k: usize, access: Access) {
    let ty = llvm_name(access.scalar);
    let size = access.scalar.size();
    let address = format!("%a{k}");
    let place = match access.way {
        Way::Direct => "%x".to_owned(),
        Way::Element => {
            writeln!(text, " {address} = getelementptr {ty}, ptr %x, i64 %i").unwrap();
            address
        }
        Way::Bytes => {
            writeln!(text, " {address} = getelementptr i8, ptr %x, i64 {}", size * 3).unwrap();
            address
        }
        Way::Rows => {
            writeln!(text, " {address} = getelementptr [4 x {ty}], ptr %x, i64 %i, i64 2").unwrap();
            address
        }
        Way::Local => {
            write!(
                text,
                " %l{k} = alloca ptr\n store ptr %x, ptr %l{k}\n {address} = load ptr, ptr %l{k}\n"
            )
            .unwrap();
            address
        }
        Way::Select => {
            write!(
                text,
                " %c{k} = icmp eq i64 %i, 0\n {address} = select i1 %c{k}, ptr %x, ptr null\n"
            )
            .unwrap();
            address
        }
        Way::Loop => {
            write!(
                text,
                " br label %before{k}\nbefore{k}:\n br label %loop{k}\nloop{k}:\n\
                 {address} = phi ptr [ %x, %before{k} ], [ %n{k}, %loop{k} ]\n\
                 %n{k} = getelementptr {ty}, ptr {address}, i64 1\n\
                 %c{k} = icmp eq ptr {address}, null\n\
                 br i1 %c{k}, label %loop{k}, label %after{k}\nafter{k}:\n"
            )
            .unwrap();
            address
        }
        Way::Callee => {
            writeln!(text, " call void @helper{k}(i64 1, ptr %x)").unwrap();
            writeln!(helpers, "define internal void @helper{k}(i64 %i, ptr %x) {{").unwrap();
            write_access(helpers, &mut String::new(), k, Access { way: Way::Element, ..access });
            writeln!(helpers, " ret void\n}}").unwrap();
            return;
        }
    };
    match access.kind {
        Kind::Load => writeln!(text, " %v{k} = load {ty}, ptr {place}"),
        Kind::Vector => writeln!(text, " %v{k} = load <4 x {ty}>, ptr {place}, align 1"),
        Kind::Store => writeln!(text, " store {ty} zeroinitializer, ptr {place}"),
        Kind::Atomic => writeln!(text, " %v{k} = atomicrmw add ptr {place}, {ty} 1 monotonic"),
    }
    .unwrap();
}

proptest! {
    #[test]
    fn accesses_of_one_type_tell_it_and_of_several_nothing(accesses in accesses()) {
        let (mut body, mut helpers) = (String::new(), String::new());
        for (k, &access) in accesses.iter().enumerate() {
            write_access(&mut body, &mut helpers, k, access);
        }
        let text = format!("define void @f(ptr %x, i64 %i) {{\n{body} ret void\n}}\n{helpers}");
        let signature = inferred(&text);
        let pointer = signature.params[0].ty.as_pointer().unwrap();

        let first = accesses.first().map(|access| access.scalar);
        let one = first.filter(|&first| accesses.iter().all(|access| access.scalar == first));
        let expected = one.map_or(Type::Unknown, Type::Scalar);
        prop_assert_eq!(&pointer.to, &expected, "{}", text);
        prop_assert_eq!(signature.params[0].origin, one.map(|_| Origin::Accesses));
        let written = |access: &Access| matches!(access.kind, Kind::Store | Kind::Atomic);
        prop_assert_eq!(pointer.is_const, !accesses.iter().any(written), "{}", text);
        prop_assert!(pointer.signless);
        prop_assert_eq!(signature.params[1].origin, None);
    }
}

#[test]
fn records_are_not_taken_for_their_members() {
    for gep in ["[16 x i8], ptr %x, i64 %i", "{ double, double }, ptr %x, i64 %i, i32 1"] {
        let signature = inferred(&format!(
            "define double @f(ptr %x, i64 %i) {{\n %p = getelementptr {gep}\n\
             %v = load double, ptr %p\n ret double %v\n}}"
        ));
        assert_eq!(signature.to_string(), "float64 f(const void* x, int64 i)", "{gep}");
    }
}

#[test]
fn who_hands_the_address_out_may_be_written_through() {
    for (declared, is_const) in
        [("void @g(ptr)", false), ("void @g(ptr readonly)", true), ("void @g(ptr readnone)", true)]
    {
        let signature = inferred(&format!(
            "declare {declared}\ndefine void @f(ptr %x, i64 %i) {{\n %v = load float, ptr %x\n\
             call void @g(ptr %x)\n ret void\n}}"
        ));
        let pointer = signature.params[0].ty.as_pointer().unwrap();
        assert_eq!(pointer.is_const, is_const, "{declared}");
        assert_eq!(pointer.to, Type::Scalar(Scalar::Float32));
    }
}

#[test]
fn pointers_to_pointers_and_copies() {
    let signature = inferred(
        "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n\
         define void @f(ptr %x, ptr %y, ptr %z, i64 %i) {\n\
         %p = getelementptr ptr, ptr %x, i64 %i\n %q = load ptr, ptr %p\n store double 1.0, ptr %q\n\
         call void @llvm.memcpy.p0.p0.i64(ptr %y, ptr %z, i64 8, i1 false)\n ret void\n}",
    );
    assert_eq!(
        signature.to_string(),
        "void f(const void** x /* inferred from its loads and stores */, void* y, const void* z, \
         int64 i)"
    );
}

const DEBUG_INFO: &str = r#"
define void @f(ptr %x, ptr %p, i32 %n, i8 %b, i64 %i) !dbg !4 { ret void }
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}
!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "f.c", directory: "/")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!4 = distinct !DISubprogram(name: "f", file: !1, type: !5, unit: !0, spFlags: DISPFlagDefinition)
!5 = !DISubroutineType(types: !6)
!6 = !{null, !7, !10, !20, !21, !22}
!7 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: !8, size: 64)
!8 = !DIDerivedType(tag: DW_TAG_const_type, baseType: !9)
!9 = !DICompositeType(tag: DW_TAG_array_type, baseType: !23, size: 192, elements: !24)
!10 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: !11, size: 64)
!11 = !DIDerivedType(tag: DW_TAG_typedef, name: "point_t", baseType: !12)
!12 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "point", size: 128, elements: !13)
!13 = !{!14, !15}
!14 = !DIDerivedType(tag: DW_TAG_member, name: "a", baseType: !20, size: 32)
!15 = !DIDerivedType(tag: DW_TAG_member, name: "z", baseType: !16, size: 64, offset: 64)
!16 = !DIBasicType(name: "complex", size: 64, encoding: DW_ATE_complex_float)
!20 = !DIBasicType(name: "unsigned int", size: 32, encoding: DW_ATE_unsigned)
!21 = !DIBasicType(name: "_Bool", size: 8, encoding: DW_ATE_boolean)
!22 = !DIBasicType(name: "double", size: 64, encoding: DW_ATE_float)
!23 = !DIBasicType(name: "float", size: 32, encoding: DW_ATE_float)
!24 = !{!25}
!25 = !DISubrange(count: 3)
"#;

#[test]
fn debug_info_tells_signs_structs_and_dimensions_where_it_agrees_with_the_code() {
    let signature = inferred(DEBUG_INFO);
    assert_eq!(
        signature.to_string(),
        "void f(const float32 (*x)[3] /* inferred from debug info */, \
         struct point* p /* inferred from debug info */, uint32 n /* inferred from debug info */, \
         bool b /* inferred from debug info */, int64 i)"
    );
    let Type::Struct(layout) = &signature.params[1].ty.as_pointer().unwrap().to else {
        panic!("{signature}");
    };
    assert_eq!((layout.size, layout.fields[1].offset), (16, 8));
    assert_eq!(layout.fields[1].ty, Type::Scalar(Scalar::Complex64));
}

#[test]
fn what_is_told_last_of_a_function_holds() {
    let text = "define i64 @f(i64 %i) {\n ret i64 %i\n}\ndefine void @g() {\n ret void\n}";
    let first = import(Input::Text(text), None, &[], &mut |_| ()).unwrap();
    let unsigned = &mut |signature: &mut Signature| {
        if signature.name == "f" {
            signature.returns = Type::Scalar(Scalar::UInt64);
        }
    };
    let second = import(Input::Bitcode(&first), None, &[], unsigned).unwrap();
    let found: Vec<_> = signatures(&second).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2);
    assert!(found.contains(&"uint64 f(int64 i)".to_owned()), "{found:?}");
    // What was left out is not told of.
    let alone = import(Input::Bitcode(&second), Some("g"), &[], &mut |_| ()).unwrap();
    let found: Vec<_> = signatures(&alone).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(found, ["void g()"]);
}
