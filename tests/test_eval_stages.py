"""Where two answers to a question part, and where one goes wrong: a table of changes with their stage."""

from __future__ import annotations

import pytest

from eval.stages import EXTRACTION, INDEX, REFUSAL, RETRIEVAL, SCOPE, VERIFICATION, fault, parting
from tests.test_eval_paired import brief

_REFUSED = {"reason": "no_match", "cited": [], "said": "r"}
_OUTSIDE = {"gold": [], "rank": None, "kind": "wrong_year", "reason": "out_of_scope", "cited": [], "scope": ["2015"]}


@pytest.mark.parametrize(
    ("before", "after", "stage", "said"),
    [
        ({}, {"rank": 4, "cited": ["d-1.9"], "said": "b"}, RETRIEVAL, "第1 → 第4"),
        ({}, {"rank": None, **_REFUSED}, RETRIEVAL, "第1 → 前10以外"),
        ({"rank": 3}, {"rank": 1, "said": "b"}, RETRIEVAL, "第3 → 第1"),
        ({}, {"scope": ["2015"], "said": "b", "rank": 4}, SCOPE, "无 → 2015"),
        (_OUTSIDE, {**_OUTSIDE, "reason": None, "cited": ["d-1.1"], "outside": ["2012年"]}, SCOPE, "引用了 2012年"),
        (_OUTSIDE, {**_OUTSIDE, "reason": "no_match"}, SCOPE, "不再当作范围以外"),
        ({}, {**_REFUSED, "confidence": 0.31}, REFUSAL, "改为拒答, 把握 0.90 → 0.31"),
        ({**_REFUSED, "confidence": 0.31}, {}, REFUSAL, "不再拒答"),
        ({}, {"withheld": 1, "said": "b"}, VERIFICATION, "0 → 1"),
        ({}, {**_REFUSED, "withheld": 1}, VERIFICATION, "0 → 1"),
        ({}, {"said": "b"}, EXTRACTION, "字句不同"),
        ({"figures": ["75%"]}, {"said": "b", "figures": ["80%"]}, EXTRACTION, "75% → 80%"),
        ({}, {"cited": ["d-1.1", "d-1.2"], "said": "b"}, EXTRACTION, "d-1.1、d-1.2"),
    ],
)
def test_two_runs_part_at_the_first_stage_that_differs(
    before: dict[str, object], after: dict[str, object], stage: str, said: str
) -> None:
    found = parting(brief("q", **before), brief("q", **after))
    assert found is not None
    assert found.stage == stage
    assert said in found.why


def test_what_comes_out_the_same_does_not_part_though_it_was_less_sure() -> None:
    assert parting(brief("q"), brief("q", confidence=0.5, rank=1)) is None


def test_an_id_that_means_another_clause_comes_before_all_else() -> None:
    found = parting(brief("q"), brief("q", cited=["d-1.2"], rank=2, said="b"), {"d-1.2"})
    assert found is not None and found.stage == INDEX


@pytest.mark.parametrize(
    ("changed", "stage"),
    [
        ({"scores": {"wrong_year": 1.0}}, SCOPE),
        ({"scores": {"figure_error": 1.0, "first_citation": 1.0, "answer_accuracy": 1.0}}, VERIFICATION),
        ({"gold": [], "rank": None}, REFUSAL),
        ({"rank": None, "scores": {"first_citation": 0.0}}, RETRIEVAL),
        ({"rank": 3, "scores": {"first_citation": 0.0}}, RETRIEVAL),
        ({**_REFUSED, "scores": {"first_citation": 0.0}}, REFUSAL),
        ({"scores": {"first_citation": 1.0, "answer_accuracy": 0.0}}, EXTRACTION),
    ],
)
def test_one_run_goes_wrong_at_a_stage(changed: dict[str, object], stage: str) -> None:
    found = fault(brief("q", **changed))
    assert found is not None and found.stage == stage


def test_what_is_right_has_no_fault() -> None:
    assert fault(brief("q", scores={"first_citation": 1.0, "answer_accuracy": 1.0})) is None
    assert fault(brief("q", gold=[], rank=None, reason="no_match", cited=[])) is None
