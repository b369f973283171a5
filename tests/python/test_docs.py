"""Every example in the package's docstrings, its stubs, the README and the pages runs and gives what it says.

Holds item 7 of the main job: "every docstring example run by the tests". An example runs in a
folder of its own, so that a picture it draws does not stay behind.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import pathlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import shiver

PACKAGE = pathlib.Path(shiver.__file__).parent
ROOT = pathlib.Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def members(value: object, name: str) -> Iterator[tuple[str, str]]:
    """The docstrings of `value` and, where it is a class, of what it defines."""
    if value.__doc__:
        yield name, inspect.cleandoc(value.__doc__)
    if inspect.isclass(value):
        for key, member in vars(value).items():
            text = getattr(member, "__doc__", None)
            if not key.startswith("_") and isinstance(text, str):
                yield f"{name}.{key}", inspect.cleandoc(text)


def of_the_package() -> Iterator[tuple[str, str]]:
    for found in pkgutil.walk_packages([str(PACKAGE)], "shiver."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        yield from members(module, found.name)
        for key, value in vars(module).items():
            if getattr(value, "__module__", None) == found.name:
                yield from members(value, f"{found.name}.{key}")
    yield from members(shiver, "shiver")
    for key in shiver.__all__:
        value = getattr(shiver, key)
        if inspect.isclass(value) or inspect.isroutine(value):
            yield from members(value, f"shiver.{key}")


def of_the_stubs() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.pyi")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                text = ast.get_docstring(node)
                if text:
                    yield f"{path.name}:{getattr(node, 'name', 'module')}", text


def examples() -> list[doctest.DocTest]:
    parser, seen, found = doctest.DocTestParser(), set(), []
    for name, text in [*of_the_package(), *of_the_stubs()]:
        if ">>>" in text and text not in seen:
            seen.add(text)
            found.append(parser.get_doctest(text, {}, name, None, None))
    return found


def run(test: doctest.DocTest) -> None:
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    result = runner.run(test, out=told.append)
    assert result.attempted > 0
    assert result.failed == 0, "".join(told)


@pytest.mark.parametrize("test", examples(), ids=lambda test: test.name)
def test_examples_of_a_docstring(test, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    test.globs = {"__name__": "__main__"}
    run(test)


@pytest.mark.parametrize("name", ["from_c", "parfor", "run", "threads", "Function", "GenericValue"])
def test_what_a_user_looks_up_first_has_an_example(name):
    value = getattr(shiver, name)
    assert any(">>>" in text for _, text in members(value, name)), name


def test_every_public_function_and_class_has_a_docstring():
    values = {name: getattr(shiver, name) for name in shiver.__all__}
    made = {n: v for n, v in values.items() if inspect.isclass(v) or inspect.isroutine(v)}
    assert [name for name, value in made.items() if not (value.__doc__ or "").strip()] == []


# Who comes from Cython has a compiler.
COMPILES = ROOT / "docs" / "cython.md"


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.toolchain if page == COMPILES else (), id=page.name)
        for page in PAGES
    ],
)
def test_code_of_a_page_runs(page, tmp_path, monkeypatch):
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    assert blocks
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for number, block in enumerate(blocks):
        if block.lstrip().startswith(">>>"):
            run(
                doctest.DocTestParser().get_doctest(
                    block, namespace, f"{page.name} {number}", None, 0
                )
            )
        else:
            exec(compile(block, f"{page.name} block {number}", "exec"), namespace)
