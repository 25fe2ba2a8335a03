"""Each part that can be switched off is one that answers rest on, and it is on again afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eval.ablate import PARTS, without
from eval.ask import Asker
from eval.golden import Golden
from eval.run import settings_for
from index.settings import Settings
from index.store import ClauseIndex

# Questions that need the part: other clauses are found, in another order, or another answer is given, without it.
_NEEDS = {
    "synonyms": "看病门槛费多少?",
    "years": "长春2015年新农合补助标准是多少",
    "places": "沈阳2012年新农合补助标准是多少",
    "typos": "新农和住院能报多少",
    "tuned": "看病门槛费多少?",
    "bm25": "看病门槛费多少?",
    "sieve": "看病门槛费多少?",
    "ranker": "看病门槛费多少?",
    "doubts": "长春取消了新农合是因为什么?",
    "confidence": "公积金贷款最多能贷多少?",
}

Seen = tuple[str, str, list[str], float | None]


def _ask(index: ClauseIndex, settings: Settings, question: str) -> Seen:
    asker = Asker(index, settings_for(settings, "extractive"))
    answer, ranked = asker.ask(Golden("q", question, "amount", (), ()))
    return answer.status, answer.answer, ranked, answer.confidence


def test_every_part_has_a_question_that_needs_it() -> None:
    assert set(_NEEDS) == set(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_switched_off_changes_what_is_found_or_said(index: ClauseIndex, settings: Settings, part: str) -> None:
    whole = _ask(index, settings, _NEEDS[part])
    with without([part]):
        less = _ask(index, settings, _NEEDS[part])
    assert less != whole
    assert _ask(index, settings, _NEEDS[part]) == whole, "it is on again"


@pytest.fixture
def _on_again() -> Iterator[None]:
    from rag.retrieval import search

    kept = search.eligible_rows
    yield
    assert search.eligible_rows is kept


@pytest.mark.usefixtures("_on_again")
def test_a_part_is_on_again_after_an_error() -> None:
    with pytest.raises(RuntimeError), without(["years", "places"]):
        raise RuntimeError
