"""Every test that SECURITY.md names is there, and every test of this folder stands in it or helps one that does."""

from __future__ import annotations

import re
from pathlib import Path

_TESTS = Path(__file__).resolve().parents[1]
_PAGE = (_TESTS.parent / "SECURITY.md").read_text("utf-8")


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", _PAGE))
    assert len(named) > 40
    files = {path.name: path.read_text("utf-8") for path in _TESTS.rglob("test_*.py")}
    assert [f"{file}::{name}" for file, name in sorted(named) if f"\ndef {name}(" not in files.get(file, "")] == []


def test_every_threat_has_a_test() -> None:
    rows = [line for line in _PAGE.split("## 威胁和测试")[1].splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    assert [row[:40] for row in rows if "::test_" not in row] == []


def test_every_file_of_this_folder_is_named() -> None:
    own = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    assert {name for name in own if name not in _PAGE} == set()
