//! LLVM's reasons in words that say what to do about them.
//!
//! LLVM names each reason; the table below says what the name means for the body of a loop. A name that
//! is not there keeps LLVM's own words. Each entry is tested with a body that brings it about.

use shiver_codegen::Remark;

/// A reason in words.
pub(super) struct Told {
    pub(super) reason: String,
    pub(super) hint: String,
    pub(super) llvm: String,
}

/// One or several of LLVM's names, what they mean, and what helps.
struct Entry {
    names: &'static [&'static str],
    reason: &'static str,
    hint: &'static str,
}

const TABLE: &[Entry] = &[
    Entry {
        names: &["CantVectorizeLibcall"],
        reason: "a call, or a copy or fill of an array, has no version for vectors",
        hint: "put the code of what is called into the source, where it can be inlined, or do this in a \
               loop of its own",
    },
    Entry {
        names: &["Synchronises", "NonSimpleLoad", "NonSimpleStore"],
        reason: "an atomic or volatile access, or a fence, must happen one by one",
        hint: "collect a value per iteration, or use reduce, instead of writing to what all share",
    },
    Entry {
        names: &["CantVectorizeInstruction"],
        reason: "something has an effect that must happen one by one",
        hint: "move what prints, allocates or synchronises out of the body",
    },
    Entry {
        names: &["CantReorderFPOps"],
        reason: "a sum or product of floating-point numbers is taken in the order of the loop",
        hint: "fastmath=\"reassoc\" lets it be regrouped, which changes its last bits",
    },
    Entry {
        names: &["NonReductionValueUsedOutsideLoop"],
        reason: "a round of the loop needs a value of the round before",
        hint: "compute it from the index, if that can be done; a running value keeps the loop scalar",
    },
    Entry {
        names: &[
            "UnsupportedUncountableLoop",
            "CantComputeNumberOfIterations",
            "NoInductionVariable",
        ],
        reason: "how often the loop goes round is only known when it ends",
        hint: "a loop with a fixed number of rounds, and if (...) around what it does, can have vectors",
    },
    Entry {
        names: &["NoConditionLoadForEarlyExitLoop", "NonReadOnlyEarlyExitLoop"],
        reason: "the loop writes, and can be left in its middle",
        hint: "go through all rounds, with if (...) around what is done, instead of break or return",
    },
    Entry {
        names: &["UnsafeDep"],
        reason: "an access may reach what another round of the loop writes",
        hint: "declare the pointers restrict if their arrays do not overlap; if a round uses what another \
               has written, there can be no vectors",
    },
    Entry {
        names: &["CantIdentifyArrayBounds"],
        reason: "it cannot be told which memory is read and written, so that rounds may disturb each other",
        hint: "index local arrays by constants or by loops with a fixed number of rounds, so that they \
               stay in registers; declare pointers restrict if their arrays do not overlap",
    },
    Entry {
        names: &["VectorizationNotBeneficial"],
        reason: "LLVM expects vectors to be slower here than single values",
        hint: "neighbouring iterations should use neighbouring elements: let the last index run along \
               memory, and keep structs of arrays instead of arrays of structs",
    },
    Entry {
        names: &["StrideOfOne"],
        reason: "the vectors are for neighbours only: where a distance between elements that is not known \
                 before the loop runs is not 1, it takes them one by one",
        hint: "let the last index run along memory, or make the distance a constant",
    },
];

/// Those that tell something: where the culprit is known, LLVM's remark that there is one says nothing.
pub(super) fn telling(reasons: &[Remark]) -> impl Iterator<Item = &Remark> {
    let culprit =
        |reason: &Remark| ["CantVectorizeLibcall", "Synchronises"].contains(&reason.name.as_str());
    let known = reasons.iter().any(culprit);
    reasons.iter().filter(move |reason| !known || reason.name != "CantVectorizeInstruction")
}

/// What LLVM's reason means. `calls` are its remarks on calls that were not inlined.
pub(super) fn of(reason: &Remark, calls: &[Remark]) -> Told {
    let llvm = match reason.pass.as_str() {
        "shiver" => String::new(),
        _ => own_words(&reason.message),
    };
    if reason.name == "CantVectorizeLibcall"
        && reason.place.is_some()
        && let Some(call) = calls.iter().find(|call| call.place == reason.place)
        && let Some((reason, hint)) = of_call(call)
    {
        return Told { reason, hint, llvm };
    }
    match TABLE.iter().find(|entry| entry.names.contains(&reason.name.as_str())) {
        Some(entry) => Told { reason: entry.reason.to_owned(), hint: entry.hint.to_owned(), llvm },
        None => Told { reason: llvm.clone(), hint: String::new(), llvm },
    }
}

/// What LLVM says, without what every remark begins with and without advice that does not hold here.
fn own_words(message: &str) -> String {
    const ADVICE: &str = " Use #pragma clang loop distribute(enable) to allow loop distribution to \
                          attempt to isolate the offending operations into a separate loop";
    let words = message.trim_start_matches("loop not vectorized: ").replace(ADVICE, "");
    words.replace('\n', " ")
}

/// Which function was not inlined, and what would let it be.
fn of_call(call: &Remark) -> Option<(String, String)> {
    let callee = call.message.split_whitespace().next()?.trim_matches('\'');
    let because = call.message.split(" because ").nth(1)?;
    let hint = if because.contains("definition is unavailable") {
        "put its code into the source, where it can be inlined, or call it in a loop of its own"
            .to_owned()
    } else if because.contains("recursive") {
        "write the recursion as a loop: a function that calls itself cannot be inlined".to_owned()
    } else if because.contains("noinline") {
        "take the attribute noinline from it".to_owned()
    } else if let Some((_, why)) = because.split_once("(cost=never): ") {
        format!("it cannot be inlined: {why}")
    } else {
        "declare it static inline __attribute__((always_inline)): LLVM takes it for too long"
            .to_owned()
    };
    Some((format!("{callee} is called, and has no version for vectors"), hint))
}

/// A loop of the body stands where LLVM looks.
pub(super) fn inner_loop() -> Told {
    Told {
        reason: "the body has a loop of its own, and LLVM makes vectors of innermost loops only"
            .to_owned(),
        hint: "if it has few rounds, and their number is a constant, LLVM writes them out, and the loop \
               is out of the way; of a longer loop, the rounds themselves may become vectors"
            .to_owned(),
        llvm: String::new(),
    }
}

/// The function is called by its address.
pub(super) fn elsewhere() -> Told {
    Told {
        reason: "the function was compiled elsewhere: it is called by its address, and not inlined"
            .to_owned(),
        hint: "give its source to from_c, or its LLVM code to from_llvm".to_owned(),
        llvm: String::new(),
    }
}

/// LLVM says nothing, since there is no loop.
pub(super) fn nothing_left() -> Told {
    Told {
        reason: "LLVM left no loop: the body does nothing that can be seen from outside".to_owned(),
        hint: String::new(),
        llvm: String::new(),
    }
}
