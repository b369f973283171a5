//! What a request means.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shiver_codegen::{
    Error, Input, Output, allow_fast_math, compile_nest, compile_state, examine_nest, import,
    print_ir, signatures,
};
use shiver_signature::Signature;

use super::message::{Answer, Answered, Reply, Task};

/// Does what a request asks for.
pub(super) fn perform(task: &Task, parts: &[&[u8]]) -> Answered<Reply> {
    match catch_unwind(AssertUnwindSafe(|| answer(task, parts))) {
        Ok(Ok((answer, parts))) => (Reply::Answer(answer), parts),
        Ok(Err(error)) => (Reply::Refused(error), vec![]),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            (Reply::Panicked(text.unwrap_or("no message").to_owned()), vec![])
        }
    }
}

fn answer(task: &Task, parts: &[&[u8]]) -> Result<Answered<Answer>, Error> {
    let first = *parts.first().ok_or_else(incomplete)?;
    match task {
        Task::Import { text, name, own, refined } => {
            let input = match text {
                false => Input::Bitcode(first),
                true => Input::Text(str::from_utf8(first).map_err(|_| incomplete())?),
            };
            let mut found = Vec::new();
            let mut refine = |signature: &mut Signature| {
                let better = refined.as_ref().and_then(|refined| refined.get(found.len())).cloned();
                found.push(signature.clone());
                if let Some(better) = better {
                    *signature = better;
                }
            };
            let bitcode = import(input, name.as_deref(), own, &mut refine)?;
            let signatures = signatures(&bitcode)?;
            Ok((Answer::Imported { found, signatures }, vec![bitcode]))
        }
        Task::Signatures => Ok((Answer::Signatures(signatures(first)?), vec![])),
        Task::Print => Ok((Answer::Text, vec![print_ir(first)?.into_bytes()])),
        Task::FastMath { names } => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Ok((Answer::Bitcode, vec![allow_fast_math(first, &names)?]))
        }
        Task::Compile { nest, stage } => {
            let (body, combine) = nest.bodies(parts).ok_or_else(incomplete)?;
            let output = compile_nest(body, combine, nest.shape, &nest.cpu.cpu(), *stage)?;
            let Output { bytes, tile, stateful, timings } = output;
            Ok((Answer::Compiled { tile, stateful, timings }, vec![bytes]))
        }
        Task::Examine { nest } => {
            let (body, combine) = nest.bodies(parts).ok_or_else(incomplete)?;
            let looked = examine_nest(body, combine, nest.shape, &nest.cpu.cpu())?;
            let (findings, timings) = (Box::new(looked.findings), looked.timings);
            let texts = [looked.built, looked.optimized, looked.assembly].map(String::into_bytes);
            let parts = std::iter::once(looked.object).chain(texts).collect();
            let stateful = looked.stateful;
            Ok((Answer::Examined { findings, stateful, timings }, parts))
        }
        Task::State { exported, cpu } => {
            let output = compile_state(first, *exported, &cpu.cpu())?;
            Ok((Answer::State, output.into_iter().map(|output| output.bytes).collect()))
        }
    }
}

/// A request that no version of this file makes.
fn incomplete() -> Error {
    Error::Parse { message: "the request is incomplete".to_owned() }
}
