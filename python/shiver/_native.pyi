"""The native part of Shiver; `shiver` is its public face."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from os import PathLike
from typing import Any, Literal, Never, Self, final

import numpy as np
from typing_extensions import disjoint_base

__all__ = [
    "FunctionCore",
    "ModuleCore",
    "Pending",
    "add_symbol",
    "address_of",
    "cache_info",
    "clear_cache",
    "dump_trouble",
    "get_num_threads",
    "parfor",
    "read_dlpack",
    "read_json",
    "reduce",
    "run",
    "serve",
    "set_num_threads",
    "shut_down",
    "stats",
    "use_context_variable",
    "versions",
]

@disjoint_base
class ModuleCore:
    """A piece of bitcode; `shiver.Module` is its public face."""

    def __new__(cls, *args: object, **_kwargs: object) -> Self: ...
    @classmethod
    def compile_c(
        cls,
        src: str,
        lang: str,
        flags: Sequence[str],
        include_dirs: Sequence[str | PathLike[str]],
        defines: Sequence[tuple[str, str | None]],
        libraries: Sequence[str],
        fastmath: Sequence[str],
        link: bool,
    ) -> Self:
        """Compiles C or C++."""

    @classmethod
    def import_llvm(
        cls,
        code: str | bytes,
        name: str | None,
        signature: str | None,
        fastmath: Sequence[str],
    ) -> Self:
        """Takes textual IR or bitcode.

        With a name, that function and what it reaches; `signature`, in JSON, replaces what is
        known of the function of its symbol.
        """

    @classmethod
    def from_address(cls, declaration: str, address: int, context: int | None) -> Self:
        """A module of the one function that is at an address, of the type that C declares.

        With a context, the last parameter takes it, and is not one of the function's.
        """

    @property
    def target(self) -> int | None:
        """The address of the function, of a module that only calls one."""

    @classmethod
    def from_state(cls, state: tuple[bytes, list[str], bool, bool]) -> Self:
        """Makes a module again of what `state` gave."""

    def state(self) -> tuple[bytes, list[str], bool, bool]:
        """All that has to travel: bitcode and options."""

    @property
    def bitcode(self) -> bytes:
        """LLVM's bitcode."""

    @property
    def warnings(self) -> str:
        """What clang warned of, as JSON."""

    @property
    def reads_files(self) -> bool:
        """Whether its source read files of the disk or looked for some."""

    def signatures(self) -> list[str]:
        """The signature of each function that can be a body, as JSON."""

    def ir(self) -> str:
        """LLVM's textual IR."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@disjoint_base
class FunctionCore:
    """The body of a loop; `shiver.Function` is its public face."""

    def __new__(cls, *args: object, **_kwargs: object) -> Self: ...
    @property
    def name(self) -> str:
        """Its name in the source."""

    @property
    def signature(self) -> str:
        """Its prototype, with NumPy's type names."""

    @property
    def signature_json(self) -> str:
        """Its signature as JSON."""

    @property
    def module_core(self) -> ModuleCore:
        """The module that it is a part of."""

    def inspect(self, stage: str, indices: int | None) -> str:
        """A loop nest as text, "ir" or "asm".

        The one with that many unit-step indices, or the one that ran last.
        """

    def report_json(self, indices: int | None) -> str:
        """What LLVM made of such a loop, as JSON."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

def parfor(
    fn: Any,
    niters: Any,
    fixed_args: Any = (),
    *,
    out: np.ndarray[Any, Any] | None = None,
    schedule: Literal["auto", "static", "dynamic", "guided"] = "auto",
    grain: int | None = None,
    num_threads: int | None = None,
    timeout: float | None = None,
    progress: bool | Callable[[int, int], object] | None = None,
    ee: object = None,
) -> np.ndarray[Any, Any] | None:
    """Runs `fn` for every index of an iteration space, on all cores."""

def reduce(
    fn: Any,
    niters: Any,
    fixed_args: Any = (),
    op: Any = "+",
    *,
    init: Any = None,
    schedule: Literal["auto", "static", "dynamic", "guided"] = "auto",
    grain: int | None = None,
    num_threads: int | None = None,
    timeout: float | None = None,
    progress: bool | Callable[[int, int], object] | None = None,
) -> Any:
    """Combines what `fn` returns for every index of an iteration space into one value."""

@final
class Pending:
    """A loop that is ready to run; `shiver.Future` is its public face."""

    def __new__(
        cls,
        fn: Any,
        niters: Any,
        fixed_args: Any,
        out: np.ndarray[Any, Any] | None,
        schedule: str,
        grain: int | None,
        num_threads: int | None,
        timeout: float | None,
        progress: bool | Callable[[int, int], object] | None,
    ) -> Self:
        """Reads and checks the arguments of `parfor`, and holds them."""

    def run(self) -> np.ndarray[Any, Any] | None:
        """Runs it, once."""

    def cancel(self) -> None:
        """Ends it between two pieces; does not wait."""

def stats() -> tuple[bool, int, list[tuple[int, int, int, float]]] | None:
    """What this thread's last loop did: whether it came to its end, its iterations, and a tuple of
    iterations, pieces, steals and seconds for each worker; `None` where there was no loop.
    """

def run(fn: FunctionCore, args: tuple[object, ...]) -> int | float | complex | bool | None:
    """Calls the function once and gives what it returned as a plain Python value."""

def address_of(fn: FunctionCore) -> int:
    """The address of the compiled C function, which then stays for the life of the process."""

def add_symbol(name: str, address: int) -> None:
    """Makes `name` stand for `address` in all code that is loaded from now on."""

def cache_info() -> tuple[str | None, int, int, int, int, int]:
    """The folder, the number of files in it, their bytes, the limit, hits and misses."""

def clear_cache() -> None:
    """Deletes everything that the cache holds on the disk."""

def read_dlpack(obj: object, parameter: str) -> np.ndarray[Any, Any] | None:
    """The array that shares the memory of an object with `__dlpack__`.

    Or of a capsule that such an object gave; `None` for anything else. `parameter` is how messages
    name the argument.
    """

def read_json(text: str) -> Any:
    """What `json.loads` would give."""

def dump_trouble() -> str | None:
    """Why `SHIVER_DUMP` is not done; told once."""

def set_num_threads(n: int) -> None:
    """Sets the number of workers for the whole process."""

def get_num_threads() -> int:
    """The number of workers of a loop whose call and context do not say another."""

def use_context_variable(var: ContextVar[int | None]) -> None:
    """Makes loops without a `num_threads` of their own ask `var` for one."""

def serve() -> Never:
    """Reads and compiles code from outside, and ends the process, which was started for that."""

def shut_down() -> None:
    """Ends all running loops and waits until their callers have left native code."""

def versions() -> dict[str, str]:
    """Names and versions of what is compiled in, and of the machine."""
