"""Paired tests, against figures worked by hand and by another route."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from eval.brief import Brief
from eval.paired import compare, differences


def _flips(fallen: int, risen: int, same: int) -> tuple[list[float], list[float]]:
    before = [1.0] * fallen + [0.0] * risen + [1.0] * same
    return before, [0.0] * fallen + [1.0] * risen + [1.0] * same


@pytest.mark.parametrize(("fallen", "risen"), [(5, 0), (8, 1), (3, 3), (12, 4), (1, 0)])
def test_of_right_and_wrong_it_is_the_exact_test_of_mcnemar(fallen: int, risen: int) -> None:
    """Random signs over questions that flip are coin tosses: p is twice the tail of the binomial."""
    n, low = fallen + risen, min(fallen, risen)
    exact = min(1.0, 2 * sum(comb(n, k) for k in range(low + 1)) / 2**n)
    assert compare("mrr", *_flips(fallen, risen, 40)).p == pytest.approx(exact, abs=0.015)


def test_the_interval_is_that_of_the_normal_law_where_there_are_many() -> None:
    rng = np.random.default_rng(7)
    before = rng.random(2000)
    after = before + rng.normal(0.02, 0.2, 2000)
    found = compare("mrr", before.tolist(), after.tolist())
    half = 1.96 * float(np.std(after - before)) / 2000**0.5
    mean = float(np.mean(after - before))
    assert (found.low, found.high) == (pytest.approx(mean - half, abs=0.002), pytest.approx(mean + half, abs=0.002))


def test_nothing_changed_is_no_difference() -> None:
    found = compare("mrr", [1.0, 0.0, 0.5], [1.0, 0.0, 0.5])
    assert (found.low, found.high, found.p, found.is_worse) == (0, 0, 1, False)


@pytest.mark.parametrize(
    ("measure", "fallen", "risen", "worse"),
    [
        ("first_citation", 6, 0, True),
        ("first_citation", 1, 0, False),  # one question alone may be luck
        ("first_citation", 0, 6, False),
        ("first_citation", 5, 4, False),
        ("false_refusal", 0, 6, True),  # of this, less is better
        ("false_refusal", 6, 0, False),
    ],
)
def test_worse_is_what_falls_beyond_its_interval(measure: str, fallen: int, risen: int, worse: bool) -> None:
    assert compare(measure, *_flips(fallen, risen, 300)).is_worse is worse


def brief(name: str, **changed: object) -> Brief:
    values: dict[str, object] = {
        "id": name, "set": "dev", "kind": "amount", "scores": {}, "gold": ["d-1.1"], "cited": ["d-1.1"], "rank": 1,
        "top": ["d-1.1"], "scope": [], "outside": [], "reason": None, "confidence": 0.9, "withheld": 0, "said": "a",
        "figures": [],
    }  # fmt: skip
    return Brief(**(values | changed))  # type: ignore[arg-type]


def test_only_questions_of_both_runs_that_a_measure_applies_to_are_compared() -> None:
    before = [brief("a", scores={"mrr": 1.0}), brief("b", scores={"mrr": None}), brief("gone", scores={"mrr": 1.0})]
    after = [brief("a", scores={"mrr": 0.5}), brief("b", scores={"mrr": 1.0}), brief("new", scores={"mrr": 0.0})]
    (found,) = differences({b.key: b for b in before}, {b.key: b for b in after})
    assert (found.measure, found.before, found.after, found.count) == ("mrr", 1.0, 0.5, 1)
