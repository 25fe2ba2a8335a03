"""A run that is not good enough is stopped, and the message says where it fell short."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from eval.gates import THRESHOLDS, misses
from eval.golden import CRITICAL, golden_sets
from eval.metrics import MEASURES


def _record(**sets: dict[str, tuple[float, float, float, int]]) -> dict[str, Any]:
    return {"by_set": {name: {"summary": summary} for name, summary in sets.items()}, "details": [], "fingerprints": {}}


def test_thresholds_are_missed_from_either_side(tmp_path: Path) -> None:
    limits = tmp_path / "t.toml"
    limits.write_text(
        "[default.at_least]\nfirst_citation = 0.85\n[default.at_most]\nfalse_refusal = 0.05\n[own.at_least]\nmrr = 0.5\n"
    )
    at = _record(mine={"first_citation": (0.85, 0, 1, 9), "false_refusal": (0.05, 0, 1, 9)})
    assert misses(at, None, limits) == []
    beyond = _record(mine={"first_citation": (0.849, 0, 1, 9), "false_refusal": (0.051, 0, 1, 9)})
    assert [miss.said.split()[1] for miss in misses(beyond, None, limits)] == ["首条引用正确", "误拒"]
    assert misses(_record(mine={}), None, limits) == []
    own = _record(own={"first_citation": (0.1, 0, 1, 9), "mrr": (0.4, 0, 1, 9)})
    assert len(misses(own, None, limits)) == 1


def test_a_threshold_names_a_set_and_a_measure_that_exist() -> None:
    limits = tomllib.loads(THRESHOLDS.read_text("utf-8"))
    assert set(limits) - {"default", CRITICAL} <= set(golden_sets())
    assert {name for tables in limits.values() for table in tables.values() for name in table} <= set(MEASURES)
