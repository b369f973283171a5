"""What a record says, in words and columns for a terminal."""

from __future__ import annotations


def duration(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def heading(facts: dict) -> str:
    variables = facts["environment"] or "no variable of a runtime is set"
    return (
        f"{facts['cpu']}, {facts['cores']} cores; {facts['system']}; commit {facts['commit']}\n"
        f"{facts['gcc']}; {facts['clang']}; {facts['rustc']}\n"
        f"Python {facts['python']}, NumPy {facts['numpy']}, {facts['blas']}\n"
        f"environment: {variables}; nobody is pinned, everybody spins as he does by default"
    )


def work(told: dict) -> str:
    """A work's contenders and ratios."""
    against = {ratio["member"] or ratio["against"]: ratio for ratio in told["ratios"]}
    width = max(len(contender["name"]) for contender in told["contenders"]) + 2
    lines = [f"\n{told['work']}   ({told['rounds']} rounds in {told['processes']} processes)"]
    main = told["contenders"][0]["name"]
    for contender in told["contenders"]:
        seconds = contender["seconds"]
        line = (
            f"  {contender['name']:{width}}{duration(seconds['median']):>9}"
            f"  {duration(seconds['q1']):>8} … {duration(seconds['q3']):<8}"
        )
        ratio = against.get(contender["name"])
        if ratio and ratio["ours"] == main:
            line += f"  {quartiles(ratio)}{verdict(told, ratio)}"
        if contender["note"]:
            line += f"  {contender['note']}"
        lines.append(line.rstrip())
    for ratio in told["ratios"]:
        if ratio["member"]:
            lines.append(f"  against {ratio['against']}, {ratio['member']}: {quartiles(ratio)}")
        elif ratio["ours"] != main:
            lines.append(f"  overhead: {ratio['ours']} / {ratio['against']}: {quartiles(ratio)}")
        elif ratio["against"] not in {contender["name"] for contender in told["contenders"]}:
            lines.append(f"  against {ratio['against']}: {quartiles(ratio)}{verdict(told, ratio)}")
    lines += [f"  missing: {missing}" for missing in told["missing"]]
    return "\n".join(lines)


def quartiles(ratio: dict) -> str:
    return f"{ratio['median']:7.3f}  ({ratio['q1']:.3f} … {ratio['q3']:.3f})"


def verdict(told: dict, ratio: dict) -> str:
    if ratio["goal"] is None:
        return ""
    if not told["holds"]:
        return f"  goal {ratio['goal']}: does not count, Shiver did not do what was asked"
    reached = "reached" if ratio["median"] <= ratio["goal"] else "missed"
    return f"  goal {ratio['goal']}: {reached}"


def summary(works: list[dict]) -> str:
    """How each contender was compiled, once, and the goals."""
    how = {}
    for told in works:
        for contender in told["contenders"]:
            if contender["how"]:
                how.setdefault(contender["how"], contender["name"])
    lines = ["\n=== compiled and run as", *(f"  {name}: {text}" for text, name in how.items())]
    goals = [(told, ratio) for told in works for ratio in told["ratios"] if ratio["goal"]]
    if goals:
        lines.append("\n=== goals")
        for told, ratio in goals:
            what = f"{told['work']}, against {ratio['against']}"
            lines.append(f"  {what}: {ratio['median']:.3f}{verdict(told, ratio)}")
    return "\n".join(lines)
