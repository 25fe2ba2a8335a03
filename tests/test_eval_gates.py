"""A run that is not good enough is stopped, and the message says where it fell short."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.gates import THRESHOLDS, misses
from eval.golden import CRITICAL, golden_sets
from eval.metrics import MEASURES
from tests.test_eval_paired import brief


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


def _asked(names: range, right: int, stage: dict[str, Any]) -> list[dict[str, Any]]:
    """Return questions of a run, the first few of them right; the rest as `stage` has it."""
    wrong = {"scores": {"first_citation": 0.0}} | stage
    return [
        asdict(brief(f"q{n}", question="某问", **({"scores": {"first_citation": 1.0}} if n < right else wrong)))
        for n in names
    ]


def _of(questions: list[dict[str, Any]], fingerprints: dict[str, dict[str, str]] | None = None) -> dict[str, Any]:
    mean = sum(one["scores"]["first_citation"] for one in questions) / len(questions)
    record = _record(dev={"first_citation": (mean, 0, 1, len(questions))})
    return record | {"details": questions, "fingerprints": fingerprints or {}}


def test_a_drop_beyond_the_interval_is_stopped_though_the_limits_are_kept() -> None:
    """Of 200 questions 190 were right; 182 still pass a limit of 0.85."""
    lost = {"rank": 4, "said": "b", "cited": ["d-1.9"]}
    before, after = _of(_asked(range(200), 190, lost)), _of(_asked(range(200), 182, lost))
    (miss,) = misses(after, before)
    first, *questions = miss.lines()
    assert "dev: 首条引用正确 0.950 → 0.910" in first and "比上次接受的差 (检索 8 问)" in first
    assert questions[0] == "    [检索] q182 某问: 依据的名次 第1 → 第4" and len(questions) == 8
    assert misses(_of(_asked(range(200), 189, lost)), before) == [], "one question alone may be luck"
    assert misses(after, None) == []
    assert misses(before, after) == [], "a rise is none"


def test_an_id_that_means_another_clause_is_stopped_though_no_question_is_about_it() -> None:
    asked = _asked(range(20), 20, {})
    before, after = ({"d": {"1": a, "2": b}} for a, b in (("x", "y"), ("y", "x")))
    (miss,) = misses(_of(asked, after), _of(asked, before))
    assert miss.said == "索引: 2 个条款号指的不再是原来的条款: d.1 现在是原来的 d.2; d.2 现在是原来的 d.1"
