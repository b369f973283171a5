//! Bodies that report a failure of their own.

use std::ops::ControlFlow;

use proptest::prelude::*;
use shiver::reduce::{Op, reduce};
use shiver::{
    Args, Dim, Error, Failure, Function, Launch, Plan, Reduction, Schedule, Space, parfor,
};

use crate::ways::way;

/// A body of two indices that counts its iterations and fails in that of number `bad`.
const FAILING: &str = r#"
@text = private constant [14 x i8] c"no convergence"
declare i32 @shiver.fail(i64, ptr, i64)
define void @f(ptr %hits, i64 %rows, i64 %bad, i16 %i, i64 %j) {
  %wide = sext i16 %i to i64
  %row = mul i64 %wide, %rows
  %number = add i64 %row, %j
  %place = getelementptr i8, ptr %hits, i64 %number
  store i8 1, ptr %place
  %is = icmp eq i64 %number, %bad
  call void @deep(i1 %is, i64 %number)
  ret void
}
define internal void @deep(i1 %is, i64 %number) noinline {
  br i1 %is, label %failed, label %done
failed:
  %told = call i32 @shiver.fail(i64 42, ptr @text, i64 14)
  br label %done
done:
  ret void
}"#;

fn failure(result: Result<(), Error>) -> Option<Failure> {
    match result {
        Ok(()) => None,
        Err(Error::Kernel(failure)) => Some(failure),
        Err(error) => panic!("{error}"),
    }
}

fn plans() -> impl Strategy<Value = Plan<'static>> {
    let schedules = vec![Schedule::Auto, Schedule::Static, Schedule::Dynamic, Schedule::Guided];
    (prop::sample::select(schedules), 1usize..5, 0u64..40)
        .prop_map(|(schedule, threads, grain)| way(schedule, threads, grain))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_failure_is_told_with_its_indices(
        extents in (1i128..40, 1i128..200),
        bad in 0u64..9000,
        plan in plans(),
    ) {
        let f = Function::from_ir(FAILING, "f").unwrap();
        let (rows, columns) = extents;
        let count = (rows * columns) as u64;
        let mut hits = vec![0u8; count as usize];
        let args = Args::new().slice_mut(&mut hits).scalar(columns as i64).scalar(bad as i64);
        let space = Space::new([Dim::upto(rows), Dim::upto(columns)]).unwrap();
        // SAFETY: every iteration writes its own element.
        let told = failure(unsafe { parfor(&f, space, args, &plan) });
        if bad < count {
            let told = told.unwrap();
            let (bad, columns) = (i128::from(bad), columns);
            prop_assert_eq!(&told.indices, &[bad / columns, bad % columns]);
            prop_assert_eq!((told.code, told.message.as_str()), (42, "no convergence"));
            prop_assert_eq!(told.object, None);
            prop_assert_eq!(hits[bad as usize], 1);
        } else {
            prop_assert_eq!(told, None);
            prop_assert!(hits.iter().all(|&hit| hit == 1));
        }
    }
}

#[test]
fn indices_have_their_steps_and_signs() {
    let text = "declare i32 @shiver.fail(i64, ptr, i64)\n\
        define void @f(i8 %i) {\n %told = call i32 @shiver.fail(i64 -1, ptr null, i64 0)\n ret void\n}";
    let signed = Function::from_ir(text, "f").unwrap();
    let module = shiver::Module::from_llvm(shiver::Input::Text(text), None, &mut |signature| {
        signature.params[0].ty = shiver::Type::Scalar(shiver::Scalar::UInt8);
    });
    let unsigned = module.unwrap().only_function().unwrap();
    let plan = way(Schedule::Static, 1, 0);
    for (f, start, stop, step) in [(&signed, -5, -120, -7), (&unsigned, 200, 256, 9)] {
        let space = Space::new([Dim::new(start, stop, step).unwrap()]).unwrap();
        // SAFETY: the body touches no memory.
        let told = failure(unsafe { parfor(f, space, Args::new(), &plan) }).unwrap();
        assert_eq!((told.code, told.indices.as_slice()), (-1, &[start][..]));
    }
    // SAFETY: as above; it returns nothing.
    let once = unsafe { Launch::once(&signed, &[3], std::ptr::null_mut()) };
    let Err(Error::Kernel(told)) = once else { panic!("{once:?}") };
    assert_eq!(told.indices, []);
}

#[test]
fn the_first_failure_cancels_the_rest() {
    let f = Function::from_ir(FAILING, "f").unwrap();
    let columns = 1000i64;
    let mut hits = vec![0u8; 30_000 * columns as usize];
    for plan in [way(Schedule::Dynamic, 2, 100), way(Schedule::Auto, 3, 0)] {
        hits.fill(0);
        let args = Args::new().slice_mut(&mut hits).scalar(columns).scalar(0i64);
        let space = Space::new([Dim::upto(30_000), Dim::upto(columns.into())]).unwrap();
        // SAFETY: every iteration writes its own element.
        let told = failure(unsafe { parfor(&f, space, args, &plan) }).unwrap();
        assert_eq!(told.indices, [0, 0]);
        assert!(hits.contains(&0), "every iteration ran");
    }
}

#[test]
fn reductions_and_what_combines_fail_too() {
    let text = "declare i32 @shiver.fail(i64, ptr, i64)\n\
        define i64 @value(i64 %bad, i64 %i) {\n %is = icmp eq i64 %i, %bad\n\
        br i1 %is, label %failed, label %done\nfailed:\n\
        %told = call i32 @shiver.fail(i64 %i, ptr null, i64 0)\n br label %done\n\
        done:\n ret i64 %i\n}\n\
        define i64 @larger(i64 %a, i64 %b) {\n %is = icmp sgt i64 %b, 60000\n\
        br i1 %is, label %failed, label %done\nfailed:\n\
        %told = call i32 @shiver.fail(i64 7, ptr null, i64 0)\n br label %done\n\
        done:\n %c = icmp sgt i64 %a, %b\n %m = select i1 %c, i64 %a, i64 %b\n ret i64 %m\n}";
    let value = Function::from_ir(text, "value").unwrap();
    let larger = Function::from_ir(text, "larger").unwrap();
    let plan = way(Schedule::Auto, 2, 0);
    let run = |bad: i64, n: i64, op: Op<'_>| {
        let args = Args::new().scalar(bad);
        // SAFETY: the bodies touch no memory.
        unsafe { reduce::<i64>(&value, n, args, op, None, &plan) }
    };
    for bad in [0, 1, 8191, 8192, 49_999] {
        let Err(Error::Kernel(told)) = run(bad, 50_000, Op::Builtin(Reduction::Add)) else {
            panic!("{bad}");
        };
        assert_eq!((told.code, told.indices.as_slice()), (bad, &[i128::from(bad)][..]));
    }
    assert_eq!(run(-1, 50_000, Op::Function(&larger)), Ok(Some(49_999)));
    let Err(Error::Kernel(told)) = run(-1, 70_000, Op::Function(&larger)) else { panic!() };
    assert_eq!(told.code, 7);
}

#[test]
fn a_body_that_cannot_fail_pays_nothing() {
    let text = "declare i32 @shiver.fail(i64, ptr, i64)\n\
        define void @f(ptr %x, i64 %i) {\n %p = getelementptr double, ptr %x, i64 %i\n\
        %v = load double, ptr %p\n %w = fmul double %v, 2.0\n store double %w, ptr %p\n\
        br i1 false, label %failed, label %done\nfailed:\n\
        %told = call i32 @shiver.fail(i64 1, ptr null, i64 0)\n br label %done\ndone:\n ret void\n}";
    let f = Function::from_ir(text, "f").unwrap();
    let ir = f.inspect(Some(1), shiver::Stage::Ir).unwrap();
    assert!(!ir.contains("shiver.fail") && !ir.contains("shiver.locate"), "{ir}");
    assert!(f.report(Some(1)).unwrap().vectorized);
    // One that can is told where it is.
    let g = Function::from_ir(FAILING, "f").unwrap();
    let ir = g.inspect(Some(2), shiver::Stage::Ir).unwrap();
    assert!(ir.contains("shiver.fail") && ir.contains("shiver.locate"), "{ir}");
}

#[test]
fn a_loop_that_was_cancelled_and_failed_has_failed() {
    let text = "declare i32 @shiver.fail(i64, ptr, i64)\n\
        define void @f(i64 %i) {\n %told = call i32 @shiver.fail(i64 5, ptr null, i64 0)\n ret void\n}";
    let f = Function::from_ir(text, "f").unwrap();
    let space = Space::new([Dim::upto(1 << 40)]).unwrap();
    let mut launch = Launch::new(&f, &space, [].into_iter()).unwrap();
    let plan = way(Schedule::Auto, 2, 0);
    // SAFETY: the body touches no memory.
    let result =
        unsafe { launch.run(std::ptr::null_mut(), &plan, &mut |_| ControlFlow::Break(())) };
    assert!(matches!(result, Err(Error::Kernel(Failure { code: 5, .. }) | Error::Cancelled)));
}
