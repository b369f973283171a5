"""Hands damaged LLVM code to Shiver, and sees that each piece is taken or refused, no more.

    python tools/fuzz.py [--seconds 600] [--cases N] [--seed 1] [--record FOLDER]

What is damaged are the files of `tests/fuzz/corpus`, and what our clang makes of a few bodies: bits
are turned, bytes copied, dropped and cut off; in text, words change places as well. Each case goes
the way of a user's code, `Module.import_llvm`, which `from_llvm` calls, and a compile of each
function, in a child of this program, one child for many cases. Nothing that was damaged is run. A
case fails if the child dies, if nothing is heard of it for a minute, or if it meets an exception
other than `CompileError`, or one that speaks of a fault of Shiver's.

The same seed and number of cases give the same damage. With `--record`, the counts are written to a
file there, and what failed is put beside it.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import platform
import random
import re
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

BODIES = [
    "void fn1(long *x, long i) { x[i] = i; }",
    "double f(const double *x, double a, long i) { return x[i] > a ? x[i] * a : -x[i] / 3; }",
    "static int table[16] = {1, 2, 3};"
    "int g(const int *x, int k, long i) {"
    " int s = 0; for (int j = 0; j < k; j++) s += x[i * k + j] ^ table[j & 15]; return s; }",
    "#include <math.h>\n"
    "float s(float a, float b, long i, long j) { return sinf(a * i) + powf(b, j); }",
    "struct p { double x, y; char c; };"
    "void m(struct p *p, long n, long i) { switch (n % 5) { case 0: p[i].x = 1; break;"
    " case 1: p[i].y *= 2; break; case 2: p[i].c += 3; break; default: p[i].x = p[i].y; } }",
    '#include <stdio.h>\nvoid pr(long i) { printf("%ld\\n", i); }',
]

#: How long nothing may be heard of a case, in seconds: twice what LLVM may take for each step.
SILENCE = 60.0

#: What LLVM may take for each step of a case, in seconds.
LIMIT = 5.0


def corpus() -> list[bytes]:
    """What is damaged, the same in each process: bitcode begins with "BC"."""
    import shiver

    codes = [path.read_bytes() for path in sorted((ROOT / "tests/fuzz/corpus").iterdir())]
    for body in BODIES:
        module = shiver.module_from_c(body)
        codes += [module.bitcode, str(module).encode()]
    return codes


def is_bitcode(code: bytes) -> bool:
    return code.startswith(b"BC")


def case(codes: list[bytes], seed: int, number: int) -> tuple[bool, bytes]:
    """Whether it is bitcode, and the damaged code."""
    rng = random.Random(f"{seed}:{number}")
    code = rng.choice(codes)
    if not is_bitcode(code) and rng.random() < 0.5:
        return False, swapped(rng, code)
    data = bytearray(code)
    kind = rng.random()
    if kind < 0.6:
        for _ in range(rng.choice([1, 1, 1, 2, 4, 8])):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind < 0.8:
        for _ in range(rng.choice([1, 2])):
            to, start, count = (
                rng.randrange(len(data)),
                rng.randrange(len(data)),
                rng.randrange(1, 17),
            )
            data[to : to + count] = data[start : start + count]
    elif kind < 0.9:
        del data[rng.randrange(len(data)) :]
    else:
        start = rng.randrange(len(data))
        del data[start : start + rng.randrange(1, 9)]
    return is_bitcode(code), bytes(data)


def swapped(rng: random.Random, text: bytes) -> bytes:
    """Text in which words have changed places, or have become others of the same text."""
    words = re.findall(rb"\s+|[\w.%@!#-]+|.", text)
    solid = [k for k, word in enumerate(words) if word.strip()]
    for _ in range(rng.choice([1, 1, 2, 4])):
        one, other = rng.choice(solid), rng.choice(solid)
        if rng.random() < 0.5:
            words[one] = words[other]
        else:
            words[one], words[other] = words[other], words[one]
    return b"".join(words)


def verdict(bitcode: bool, data: bytes) -> str:
    """What becomes of a case, in a word; one that begins with "FAIL" is a failure."""
    import shiver

    doing = "reading"
    try:
        code = data if bitcode else data.decode("latin-1")
        module = shiver.Module.import_llvm(code, None, None, [])
        doing = "compiling"
        for function in module.functions:
            function.inspect_asm()
    except shiver.CompileError as error:
        text = str(error)
        if "Shiver failed" in text:
            return f"FAIL {text}"
        if "crashed" in text or "was killed" in text or "left no sense" in text:
            return f"crashed while {doing}"
        if "was still" in text:
            return f"stopped while {doing}"
        return f"refused while {doing}"
    except BaseException as error:
        return f"FAIL {type(error).__name__}: {error}"
    return "taken"


def child(seed: int, first: int) -> None:
    """Works on one case after the other until it is told to stop, and says what becomes of each."""
    codes = corpus()
    number = first
    while True:
        bitcode, data = case(codes, seed, number)
        word = "bitcode" if bitcode else "text"
        print(json.dumps([number, word, verdict(bitcode, data)]), flush=True)
        number += 1


def children(seed: int, until: float, cases: int | None) -> Iterator[tuple[int, str, str]]:
    """What becomes of each case; a child that dies or falls silent is followed by another."""
    number = 0
    while (cases is None or number < cases) and time.monotonic() < until:
        command = [sys.executable, __file__, "--child", str(seed), str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            buffer = b""
            end = None
            while end is None and (cases is None or number < cases):
                if time.monotonic() >= until:
                    break
                ready, _, _ = select.select([process.stdout], [], [], SILENCE)
                chunk = os.read(process.stdout.fileno(), 1 << 16) if ready else b""
                if not ready:
                    end = "FAIL silent"
                elif not chunk:
                    end = f"FAIL the child ended with {process.wait()}"
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    number, kind, result = json.loads(line)
                    if cases is None or number < cases:
                        yield number, kind, result
                    number += 1
            process.kill()
        if end is not None:
            yield number, "unknown", end
            number += 1


def commit() -> str:
    git = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=10"],
        capture_output=True,
        text=True,
        check=False,
    )
    return git.stdout.strip() or "unknown"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long, at most")
    parser.add_argument("--cases", type=int, help="how many, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, help="the folder for a record of the run")
    parser.add_argument("--child", type=int, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        child(*asked.child)

    import shiver

    begin = time.monotonic()
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    failures, crashes = [], []
    with tempfile.TemporaryDirectory(prefix="shiver-fuzz-") as cache:
        # Each case is another, and the user's cache is none of its business.
        os.environ["SHIVER_CACHE_DIR"] = cache
        os.environ.setdefault("SHIVER_LLVM_TIMEOUT", str(LIMIT))
        for number, kind, result in children(asked.seed, begin + asked.seconds, asked.cases):
            counts[kind]["FAIL" if result.startswith("FAIL") else result] += 1
            if result.startswith("FAIL"):
                failures.append([number, kind, result])
                print(f"case {number} of seed {asked.seed}: {result}", file=sys.stderr)
            elif result.startswith(("crashed", "stopped")):
                crashes.append(number)
        record = {
            "commit": commit(),
            "llvm": shiver._native.versions()["llvm"],
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}",
            "seed": asked.seed,
            "seconds": round(time.monotonic() - begin, 1),
            "cases": sum(sum(counter.values()) for counter in counts.values()),
            "counts": {kind: dict(counter.most_common()) for kind, counter in counts.items()},
            "failures": failures,
            "crashes": crashes,
        }
        codes = corpus() if failures else []
    print(json.dumps({key: value for key, value in record.items() if key != "crashes"}, indent=2))
    if asked.record:
        asked.record.mkdir(parents=True, exist_ok=True)
        name = f"{time.strftime('%Y-%m-%d')}-seed-{asked.seed}"
        (asked.record / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")
        for number in [number for number, *_ in failures]:
            bitcode, data = case(codes, asked.seed, number)
            file = f"{hashlib.sha256(data).hexdigest()[:8]}.{'bc' if bitcode else 'll'}"
            (asked.record / file).write_bytes(data)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
