"""A `Function` travels: between processes, libraries and CPUs, and arrives equal.

Holds the words "picklable (travels as bitcode and options, compiled for the CPU where it arrives)" of
the contract's paragraph `Function`. Each way of sending one is a library's or Python's own.
"""

from __future__ import annotations

import copy
import io
import pickle
import random
from pathlib import Path

import cloudpickle
import numpy as np
import pytest
from llvmlite import ir

import shiver
from shiver import travel

SCALE = "double scale(const double *x, double k, long i) { return x[i] * k; }"
COUNT = "static long n; long count(void) { return ++n; }"


def llvmlite_function():
    i64 = ir.IntType(64)
    fn = ir.Function(ir.Module(), ir.FunctionType(i64, [i64]), "thrice")
    builder = ir.IRBuilder(fn.append_basic_block())
    builder.ret(builder.mul(fn.args[0], i64(3)))
    return shiver.from_llvm(fn)


MAKERS = {
    "C": lambda: shiver.from_c("long f(long i) { return 3 * i; }"),
    "C++": lambda: shiver.from_c("template <class T> T three(T x) { return 3 * x; } namespace n { long f(long i) { return three(i); } }", lang="c++"),
    "fast": lambda: shiver.from_c("double f(long i) { return 3.0 * i; }", fastmath=True),
    "library": lambda: shiver.from_c("double fmin(double, double); double f(long i) { return fmin(3.0 * i, 1e9); }", libraries=["m"], flags=["-fno-builtin"]),
    "module": lambda: shiver.module_from_c("long a(long i) { return i; } long b(long i) { return 3 * a(i); }")["b"],
    "llvmlite": llvmlite_function,
    "complex": lambda: shiver.from_c("double _Complex f(long i) { return 3.0 * i; }"),
}  # fmt: skip


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_of_function_in_every_protocol(kind, protocol):
    fn = MAKERS[kind]()
    back = pickle.loads(pickle.dumps(fn, protocol))
    assert back == fn and hash(back) == hash(fn) and len({fn, back}) == 1
    assert (back.name, back.signature) == (fn.name, fn.signature)
    assert list(map(str, back.args)) == list(map(str, fn.args))
    assert back.module == fn.module
    assert shiver.parfor(back, 5).tolist() == [0, 3, 6, 9, 12]


@pytest.mark.parametrize("kind", MAKERS)
def test_copies_are_the_function_itself(kind):
    fn = MAKERS[kind]()
    assert copy.copy(fn) is fn and copy.deepcopy(fn) is fn
    assert copy.deepcopy({"body": [fn]})["body"][0] is fn
    assert copy.copy(fn.module) is fn.module and copy.deepcopy(fn.module) is fn.module


def test_options_are_a_part_of_what_is_equal():
    source = "double f(long i) { return 3.0 * i; }"
    plain, fast = shiver.from_c(source), shiver.from_c(source, fastmath=True)
    library = shiver.from_c(source, libraries=["m"])
    assert (
        len({plain, fast, library, *map(pickle.loads, map(pickle.dumps, (plain, fast, library)))})
        == 3
    )


def test_functions_that_travel_together_stay_together():
    module = shiver.module_from_c(
        "static long held; void put(long v) { held = v; } long get(void) { return held; }"
    )
    put, get, whole = pickle.loads(pickle.dumps((module["put"], module["get"], module)))
    assert put.module is get.module is whole
    put(17)
    assert get() == 17 == whole["get"]()
    assert module["get"]() == 0  # the original has variables of its own


def test_what_arrives_twice_is_one_function():
    sent = pickle.dumps(shiver.from_c(COUNT))
    first, second = pickle.loads(sent), pickle.loads(sent)
    assert first is second
    assert [first(), second(), first()] == [1, 2, 3]


def test_warnings_and_source_stay_behind():
    with pytest.warns(shiver.CompileWarning):
        fn = shiver.from_c("int f(int x) { if (x = 3) return 1; return 0; }", flags=["-Wall"])
    assert pickle.loads(pickle.dumps(fn))(0) == 1
    assert b"x = 3" not in pickle.dumps(fn)


# ------------------------------------------------------------------ other processes

POOL = """
    import multiprocessing, sys
    import numpy as np
    import shiver

    def work(task):
        fn, k = task
        before = len({fn, BODY})
        return shiver.parfor(fn, 5, (np.arange(5.0), k)).tolist(), hash(fn), before, fn.signature

    BODY = shiver.from_c("double scale(const double *x, double k, long i) { return x[i] * k; }")

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1] if len(sys.argv) > 1 else METHOD).Pool(2) as pool:
            for k, (got, number, distinct, signature) in enumerate(
                pool.map_async(work, [(BODY, float(k)) for k in range(6)]).get(100)
            ):
                assert got == [float(k) * n for n in range(5)]
                assert number == hash(BODY) and distinct == 1 and signature == BODY.signature
        print("done")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(run_python, method):
    done = run_python(POOL.replace("METHOD", repr(method)))
    assert done.stdout == "done\n" and done.stderr == ""


LOKY = """
    import os, pickle
    import joblib
    import numpy as np
    import shiver

    body = shiver.from_c("double scale(const double *x, double k, long i) { return x[i] * k; }")
    module = shiver.module_from_c("long one(long i) { return i; } long two(long i) { return 2 * one(i); }")

    def work(fn, k):
        # A closure, so loky sends it by cloudpickle.
        return shiver.parfor(fn, 4, (np.arange(4.0), k)).tolist(), shiver.parfor(module["two"], 3).tolist(), os.getpid()

    def outer(k):
        return work(body, k)

    results = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(outer)(float(k)) for k in range(8))
    assert [r[0] for r in results] == [[k * n for n in range(4)] for k in range(8)]
    assert all(r[1] == [0, 2, 4] for r in results)
    assert os.getpid() not in {r[2] for r in results}
    back = pickle.loads(pickle.dumps(body))
    assert joblib.hash(body) == joblib.hash(back) != joblib.hash(module["two"])

    def first(fn, x):
        # Long arrays arrive as read-only memory maps.
        return type(x).__name__, shiver.parfor(fn, 3, (x, 2.0)).tolist()

    x = np.arange(1e6)
    maps = joblib.Parallel(n_jobs=2, backend="loky", max_nbytes=1000)(
        joblib.delayed(first)(body, x) for _ in range(2)
    )
    assert maps == [("memmap", [0, 2, 4])] * 2, maps
    print(len(results))
"""


def test_joblib(run_python):
    assert run_python(LOKY, timeout=180).stdout == "8\n"


def test_cloudpickle_inside_a_closure(run_python, tmp_path):
    body = shiver.from_c(SCALE)

    def outer(k):
        def inner(x):
            return shiver.parfor(body, len(x), (x, k))

        return inner

    (tmp_path / "closure").write_bytes(cloudpickle.dumps(outer(3.0)))
    done = run_python(
        """
        import pickle
        import numpy as np
        closure = pickle.load(open("closure", "rb"))
        print(closure(np.arange(4.0)).tolist())
        """
    )
    assert done.stdout == "[0.0, 3.0, 6.0, 9.0]\n"


RUN = """
    import pickle, re, sys
    import numpy as np
    import shiver

    fn = pickle.load(open("function", "rb"))
    x = np.arange(1000.0)
    np.save("result.npy", shiver.parfor(fn, 1000, (x, 3.0)))
    assembly = fn.inspect_asm()
    print("zmm" in assembly, "ymm" in assembly, "vmul" in assembly, hash(fn))
"""
FLAGS = set(Path("/proc/cpuinfo").read_text().split())
#: What this machine can run; what it can be compiled for has no bound.
BEST = (
    "x86-64-v4"
    if {"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512cd"} <= FLAGS
    else "x86-64-v3"
)


@pytest.mark.parametrize(
    "sent_from, arrives_on, vectors",
    [
        ("x86-64-v4", "x86-64-v2", "False False False"),
        ("x86-64-v4", "x86-64-v3", "False True True"),
        ("x86-64-v2", BEST, None),
        ("native", "x86-64-v2", "False False False"),
        ("x86-64-v2", "x86-64-v2", "False False False"),
    ],
)
def test_another_cpu_gets_code_for_itself(run_python, tmp_path, sent_from, arrives_on, vectors):
    source = (
        "double f(const double *x, double k, long i) { return __builtin_sqrt(x[i]) + x[i] * k; }"
    )
    send = f"""
        import pickle, shiver
        fn = shiver.from_c({source!r})
        pickle.dump(fn, open("function", "wb"))
        print(hash(fn))
        """
    sent = run_python(send, env={"SHIVER_CPU": sent_from}).stdout.strip()
    arrived = run_python(RUN, env={"SHIVER_CPU": arrives_on}).stdout.split()
    if vectors is not None:
        assert " ".join(arrived[:3]) == vectors
    else:
        assert "True" in arrived[:2]
    assert arrived[3] == sent
    x = np.arange(1000.0)
    assert np.array_equal(np.load(tmp_path / "result.npy"), x * 3 + np.sqrt(x))


def test_a_symbol_that_is_missing_where_it_arrives(run_python, tmp_path):
    answer = np.array([41.0])
    shiver.add_symbol("travel_answer", answer.ctypes.data)
    fn = shiver.from_c(
        "extern double travel_answer; double f(long i) { return travel_answer + i; }"
    )
    assert shiver.parfor(fn, 2).tolist() == [41, 42]
    (tmp_path / "function").write_bytes(pickle.dumps(fn))
    run_python(
        """
        import pickle
        import numpy as np
        import shiver

        fn = pickle.load(open("function", "rb"))
        try:
            shiver.parfor(fn, 2)
        except shiver.LinkError as error:
            assert "f uses travel_answer" in str(error) and "add_symbol" in str(error), error
        else:
            raise AssertionError("it ran")
        here = np.array([10.0])
        shiver.add_symbol("travel_answer", here.ctypes.data)
        assert shiver.parfor(pickle.load(open("function", "rb")), 2).tolist() == [10, 11]
        """
    )


def test_a_library_travels_by_name(run_python, tmp_path):
    fn = shiver.from_c("double f(long i) { return 3.0 * i; }", libraries=["m"])
    (tmp_path / "function").write_bytes(pickle.dumps(fn))
    module = fn.module
    bitcode, _, link, foreign = module.state()
    absent = ("no_such_library_of_ours",)
    fields = (travel.FORM, shiver.__version__, bitcode, absent, link, foreign)
    with pytest.raises(shiver.LinkError, match="no_such_library_of_ours"):
        travel.arrived(*fields, travel._checksum(bitcode, absent, link, foreign))
    run_python(
        """
        import pickle, shiver
        assert shiver.parfor(pickle.load(open("function", "rb")), 2).tolist() == [0, 3]
        """
    )


def test_definitions_that_others_may_call_are_so_where_they_arrive(run_python, tmp_path):
    helper = shiver.from_c("long travel_helper(long x) { return 10 * x; }", link=True)
    caller = shiver.from_c(
        "long travel_helper(long x); long f(long i) { return travel_helper(i) + 1; }"
    )
    assert shiver.parfor(caller, 3).tolist() == [1, 11, 21]
    (tmp_path / "function").write_bytes(pickle.dumps(caller))
    (tmp_path / "helper").write_bytes(pickle.dumps(helper))
    run_python(
        """
        import pickle, shiver

        caller = pickle.load(open("function", "rb"))
        try:
            shiver.parfor(caller, 3)
        except shiver.LinkError as error:
            assert "travel_helper" in str(error), error
        else:
            raise AssertionError("it ran")
        helper = pickle.load(open("helper", "rb"))
        caller = pickle.load(open("function", "rb"))
        assert shiver.parfor(caller, 3).tolist() == [1, 11, 21]
        again = shiver.from_c("long travel_helper(long x); long g(long i) { return travel_helper(i); }")
        assert shiver.parfor(again, 3).tolist() == [0, 10, 20]
        assert helper(4) == 40
        """
    )


# ------------------------------------------------------------------ what cannot be read


def fields_of(fn):
    return list(travel.packed(fn.module))


@pytest.mark.parametrize(
    "place, value",
    [
        (2, b"BC\xc0\xde"),
        (2, "text"),
        (3, ("m",)),
        (3, (3,)),
        (3, ["m"]),
        (4, True),
        (4, None),
        (5, 0),
        (0, 0),
        (0, "1"),
        (1, None),
    ],
)
def test_a_field_that_was_changed(place, value):
    fields = fields_of(shiver.from_c(SCALE))
    fields[place] = value
    with pytest.raises(shiver.CompileError, match="this pickle of a Shiver function is damaged"):
        travel.arrived(*fields)


@pytest.mark.parametrize("fields", [(), (1,), (1, "1.0.0", b""), (1, "1.0.0", b"", (), False)])
def test_fields_that_are_missing(fields):
    with pytest.raises(shiver.CompileError, match="damaged"):
        travel.arrived(*fields)


def test_any_byte_of_the_bitcode_that_was_changed():
    fn = shiver.from_c(SCALE)
    sent = pickle.dumps(fn)
    bitcode = fn.module.bitcode
    begin = sent.index(bitcode)
    draw = random.Random(7)
    for _ in range(200):
        damaged = bytearray(sent)
        damaged[begin + draw.randrange(len(bitcode))] ^= 1 << draw.randrange(8)
        with pytest.raises(shiver.CompileError, match="damaged"):
            pickle.loads(bytes(damaged))


def test_a_pickle_of_a_newer_shiver():
    with pytest.raises(
        shiver.CompileError, match=r"by Shiver 9\.0\.0, in a form that Shiver .* does not know"
    ):
        travel.arrived(travel.FORM + 1, "9.0.0", {"anything": "else"})


def test_bitcode_of_a_newer_llvm_names_who_wrote_it():
    bitcode = b"BC\xc0\xde" + bytes(range(64))
    fields = (travel.FORM, "9.0.0", bitcode, (), False, False)
    fields = (*fields, travel._checksum(*fields[2:]))
    with pytest.raises(shiver.CompileError, match=r"pickled by Shiver 9\.0\.0: LLVM"):
        travel.arrived(*fields)
    with pytest.raises(shiver.CompileError, match="^LLVM"):
        travel.arrived(travel.FORM, shiver.__version__, *fields[2:])


def test_a_name_that_the_module_has_not():
    class Renamed(pickle.Pickler):
        def reducer_override(self, obj):
            if isinstance(obj, shiver.Function):
                make, (module, _) = obj.__reduce__()
                return make, (module, "elsewhere")
            return NotImplemented

    sent = io.BytesIO()
    Renamed(sent).dump(shiver.from_c(SCALE))
    with pytest.raises(ValueError, match="no function 'elsewhere'"):
        pickle.loads(sent.getvalue())
