"""What is installed with the program: pinned by hash, under licences that were looked at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from eval.licences import PAGE, REQUIREMENTS, Licence, licences, table

_ROOT = Path(__file__).resolve().parents[2]
_TORCH = {"torch", "mpmath", "networkx", "sympy"}  # what the lock leaves to the step before it: see the Makefile


def _pins() -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text("utf-8").splitlines())
    wanted = [Requirement(line) for line in lines if line]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in wanted}


def _locked() -> dict[str, tuple[str, list[str]]]:
    """Return the version and the hashes of each package in the lock."""
    text = (_ROOT / "requirements.lock").read_text("utf-8")
    parts = re.findall(r"^([\w.-]+)==([^\s;]+)[^\n]*\n((?: +--hash=\S+[^\n]*\n)*)", text, re.M)
    return {name: (version, re.findall(r"--hash=sha256:([0-9a-f]{64})", hashes)) for name, version, hashes in parts}


def test_every_requirement_is_pinned_and_locked_but_torch() -> None:
    pins, locked = _pins(), _locked()
    assert len(pins) > 25 and all(re.fullmatch(r"[\w.]+", version) for version in pins.values()), pins
    assert {name: version for name, version in pins.items() if name != "torch"} == {
        name: locked[name][0] for name in pins if name in locked
    }
    assert "torch" not in locked


def test_the_lock_has_hashes_for_all_and_all_that_is_needed() -> None:
    locked = _locked()
    assert [name for name, (_, hashes) in locked.items() if not hashes] == []
    needed = {one.package for one in licences()}
    assert needed - set(locked) <= _TORCH | {"setuptools"}


def test_no_licence_slips_in() -> None:
    found = licences()
    assert len(found) > 60
    assert [one for one in found if not one.is_allowed] == []


def test_the_page_names_what_is_required_with_its_licence() -> None:
    told = PAGE.read_text("utf-8")
    own = [one for one in licences() if one.package in _pins()]
    rows = table(own).splitlines()[-len(own) :]
    assert [row for row in rows if row.replace("+cpu", "") not in told.replace("+cpu", "")] == [], (
        "run: python -m eval licences --write"
    )


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 AND (MIT OR GPL-3.0-only)", True),
        ("Apache-2.0 WITH LLVM-exception AND MIT", True),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("LGPL-2.1-only", False),
        ("MIT AND GPL-2.0-only", False),
        ("(MIT OR BSD-3-Clause) AND AGPL-3.0-only", False),
        ("GPLv3+", False),
        ("未写明", False),
        ("", False),
    ],
)
def test_which_licences_are_allowed(expression: str, allowed: bool) -> None:
    assert Licence("x", "1", expression).is_allowed == allowed
