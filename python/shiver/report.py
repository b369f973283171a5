"""`Report`: what LLVM made of a loop, and why."""

from __future__ import annotations

import html
from typing import Any, NamedTuple

from shiver import _native
from shiver.statistics import time_text

__all__ = ["InnerLoop", "Remark", "Report"]


class Remark(NamedTuple):
    """A reason why a loop is not vectorised, and what can be done about it.

    Attributes
    ----------
    file
        ``"<source>"`` for the source itself, else the header; empty if unknown.
    line
        The line, counted from 1; 0 if unknown.
    column
        The column, counted from 1; 0 if unknown.
    source_line
        The line's text; empty if unknown.
    reason
        What stands in the way.
    hint
        What to change; empty where nothing is known to help.
    llvm
        LLVM's own words; empty where the reason is not LLVM's.
    inner
        Whether it is about a loop inside of the body, and not the one over the iteration space.

    Examples
    --------
    >>> from shiver.report import Remark
    >>> print(Remark("<source>", 2, 5, "g(i);", "g is called", "inline it"))
    line 2: g(i);
      g is called
      hint: inline it
    """

    file: str
    line: int
    column: int
    source_line: str
    reason: str
    hint: str = ""
    llvm: str = ""
    inner: bool = False

    @property
    def place(self) -> str:
        """The file, unless it is the source itself, and the line; empty if unknown.

        >>> from shiver.report import Remark
        >>> Remark("g.h", 2, 5, "", "").place
        'g.h, line 2'
        """
        return _place(self.file, self.line)

    def __str__(self) -> str:
        where = "the loop inside of the body" if self.inner else "the loop"
        lines = [": ".join(filter(None, (self.place or where, self.source_line)))]
        lines.append("  " + self.reason + (f" (LLVM: {self.llvm})" if self.llvm else ""))
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


class InnerLoop(NamedTuple):
    """A loop inside of the body that is still a loop in the compiled code.

    Attributes
    ----------
    file
        ``"<source>"`` for the source itself, else the header; empty if unknown.
    line
        The line, counted from 1; 0 if unknown.
    vectorized
        Whether one instruction computes several of its rounds.
    width
        How many rounds are in a vector; 1 where there are none.
    interleaving
        How many vectors, or rounds, are in flight at once.

    Examples
    --------
    >>> from shiver.report import InnerLoop
    >>> print(InnerLoop("<source>", 3, True, 8, 4))
    the loop in line 3 of the body: vectorised, 8 rounds in a vector, 4 vectors at once
    """

    file: str
    line: int
    vectorized: bool
    width: int
    interleaving: int

    def __str__(self) -> str:
        place = _place(self.file, self.line)
        where = f"the loop in {place} of the body" if place else "a loop of the body"
        return f"{where}: {_vectors(self.vectorized, self.width, self.interleaving, 'round')}"


class Report(NamedTuple):
    """What LLVM made of a loop; `Function.report` makes it.

    Attributes
    ----------
    function
        The function's signature.
    indices
        How many indices the loop runs over; 0 where the function runs once.
    unit_steps
        Whether all indices count up by one.
    reduction
        Whether it is the loop of a `reduce`.
    cpu
        The CPU that it is compiled for, by LLVM's name.
    vectorized
        Whether several iterations are computed by one instruction: in vectors, or by one call that
        copies or fills for the whole loop. It is the loop over the last index that counts;
        `inner_loops` are those of the body.
    width
        How many iterations are in a vector: 1 where there are none, 0 where a call does it.
    interleaving
        How many vectors, or iterations, are in flight at once.
    streaming
        Whether there is a version whose stores go past the caches.
    tiling
        How many iterations of each index are computed together, where they share what they load;
        `None` where they do not.
    inner_loops
        The loops of the body that are still loops, each an `InnerLoop`.
    remarks
        Why loops are not vectorised, each a `Remark`: first of the loop over the iteration space,
        then of those inside of the body.
    stages
        How long each stage of the compile took, in seconds: ``clang`` (where there is a source),
        ``nest``, ``optimize``, ``emit`` and ``load`` (where no symbol is missing).

    Examples
    --------
    >>> import shiver
    >>> report = shiver.from_c("void twice(double *x, long i) { x[i] *= 2; }").report()
    >>> report.vectorized, report.remarks
    (True, [])
    >>> list(report.stages)
    ['clang', 'nest', 'optimize', 'emit', 'load']
    """

    function: str
    indices: int
    unit_steps: bool
    reduction: bool
    cpu: str
    vectorized: bool
    width: int
    interleaving: int
    streaming: bool
    tiling: tuple[int, ...] | None
    inner_loops: list[InnerLoop]
    remarks: list[Remark]
    stages: dict[str, float]

    @classmethod
    def _from_json(cls, text: str) -> Report:
        fields: dict[str, Any] = _native.read_json(text)
        fields["tiling"] = None if fields["tiling"] is None else tuple(fields["tiling"])
        fields["inner_loops"] = [InnerLoop(**loop) for loop in fields["inner_loops"]]
        fields["remarks"] = [Remark(**remark) for remark in fields["remarks"]]
        fields["stages"] = dict(fields["stages"])
        return cls(**fields)

    def _facts(self) -> dict[str, str]:
        """All but the remarks, line by line."""
        call = "a call copies or fills for the whole loop"
        vectors = _vectors(self.vectorized, self.width, self.interleaving, "iteration")
        facts = {"vectors": call if self.vectorized and not self.width else vectors}
        facts["streaming stores"] = "yes, where they pay" if self.streaming else "no"
        facts["tiling"] = "no" if self.tiling is None else " by ".join(map(str, self.tiling))
        for number, loop in enumerate(self.inner_loops, 1):
            facts[f"inner loop {number}" if len(self.inner_loops) > 1 else "inner loop"] = str(loop)
        took = [f"{name} {time_text(seconds)}" for name, seconds in self.stages.items()]
        facts["compiled in"] = f"{time_text(sum(self.stages.values()))}: {', '.join(took)}"
        return facts

    def _title(self) -> str:
        count = "index" if self.indices == 1 else "indices"
        over = f"over {self.indices} {count}" if self.indices else "run once"
        steps = "" if self.unit_steps else " in steps"
        kind = ", as a reduction" if self.reduction else ""
        return f"{self.function}, {over}{steps}{kind}, for {self.cpu}"

    def __str__(self) -> str:
        facts = self._facts()
        lines = [self._title(), f"  {facts.pop('vectors')}"]
        lines += [f"  {name}: {text}" for name, text in facts.items()]
        for remark in self.remarks:
            lines += [f"  {line}" for line in str(remark).split("\n")]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<shiver.Report {self}>"

    def _repr_html_(self) -> str:
        def cell(text: str, tag: str = "td") -> str:
            return f'<{tag} style="text-align:left">{html.escape(text)}</{tag}>'

        def row(*cells: str) -> str:
            return f"<tr>{''.join(cells)}</tr>"

        facts = [row(cell(name, "th"), cell(text)) for name, text in self._facts().items()]
        tables = [f"<table><caption>{html.escape(self._title())}</caption>{''.join(facts)}</table>"]
        if self.remarks:
            names = ("where", "source", "reason", "hint", "LLVM")
            head = row(*(cell(name, "th") for name in names))
            rows = [
                row(
                    cell(remark.place + (" (inner loop)" if remark.inner else "")),
                    cell(remark.source_line),
                    *map(cell, (remark.reason, remark.hint, remark.llvm)),
                )
                for remark in self.remarks
            ]
            tables.append(f"<table>{head}{''.join(rows)}</table>")
        return "".join(tables)


def _place(file: str, line: int) -> str:
    if not line:
        return ""
    return f"line {line}" if file in ("", "<source>") else f"{file}, line {line}"


def _vectors(vectorized: bool, width: int, interleaving: int, what: str) -> str:
    if vectorized:
        return f"vectorised, {width} {what}s in a vector, {_at_once(interleaving, 'vector')}"
    if interleaving > 1:
        return f"not vectorised, {_at_once(interleaving, what)}"
    return "not vectorised"


def _at_once(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'} at once"
