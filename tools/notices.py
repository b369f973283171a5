"""Writes THIRD-PARTY-NOTICES.md: notices/native.md, then the Rust crates that are linked in.

    python tools/notices.py            write it
    python tools/notices.py --check    fail if it is not what would be written

The crates are those that `cargo tree` finds under the native module; their license files come from
the sources that cargo downloaded to build them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOTICES = ROOT / "THIRD-PARTY-NOTICES.md"
# Of the licenses that a crate offers, the first of these is taken.
PREFERRED = ("LICENSE-MIT", "LICENSE-BSD", "LICENSE", "LICENSE.txt", "LICENSE.md")


def cargo(*arguments: str) -> str:
    done = subprocess.run(
        ["cargo", *arguments, "--locked"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


def linked() -> list[dict]:
    """The packages under the native module that are not our own, by name."""
    tree = cargo(
        "tree",
        *("--package", "shiver-python"),
        *("--edges", "normal,no-proc-macro"),
        *("--target", "x86_64-unknown-linux-gnu"),
        *("--prefix", "none"),
        *("--format", "{p}"),
    )
    names = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    packages = json.loads(cargo("metadata", "--format-version", "1"))["packages"]
    found = [p for p in packages if (p["name"], "v" + p["version"]) in names and p["source"]]
    return sorted(found, key=lambda package: package["name"])


def license_of(package: dict) -> str:
    folder = Path(package["manifest_path"]).parent
    for name in PREFERRED:
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8").replace("\r\n", "\n").strip()
    raise SystemExit(f"{package['name']} has none of {', '.join(PREFERRED)}")


def write() -> str:
    """The whole text. Crates that share a license's text, name of its owner included, share it."""
    by_text: dict[str, list[dict]] = {}
    for package in linked():
        by_text.setdefault(license_of(package), []).append(package)
    parts = [(ROOT / "tools/notices/native.md").read_text(encoding="utf-8"), "\n## Rust crates\n"]
    for text, packages in by_text.items():
        heads = [f"{p['name']} {p['version']} ({p['license']})" for p in packages]
        parts.append("\n" + ",\n".join(heads) + f":\n\n```text\n{text}\n```\n")
    return "".join(parts)


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        NOTICES.write_text(write(), encoding="utf-8")
    elif NOTICES.read_text(encoding="utf-8") != write():
        raise SystemExit(f"{NOTICES.name} is out of date: run python tools/notices.py")
