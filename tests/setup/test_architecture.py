"""ARCHITECTURE.md names what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_path_that_the_page_names_exists():
    page = (ROOT / "ARCHITECTURE.md").read_text()
    paths = set(re.findall(r"`((?:crates|python|tests|bench|tools|demo)/[\w./-]+)`", page))
    assert len(paths) > 20
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_every_room_has_its_paragraph():
    page = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {path.parent.name for path in ROOT.glob("crates/*/Cargo.toml")}
    assert {room for room in rooms if f"**`crates/{room}`**" not in page} == set()
