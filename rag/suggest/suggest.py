"""What may be asked next: questions of the clause cited and of those beside it, each shown only if the chain answers it."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import chain as chained
from typing import TYPE_CHECKING

from index.tokens import normalise
from rag.suggest.questions import Candidate, questions_of
from rag.types import Answer, Question

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from index.settings import Settings
    from index.store import ClauseIndex
    from index.types import Clause

_MOST = 3
_BESIDE = 4  # clauses looked at on each side
_TRIED = 7  # questions asked of the chain, at 20 ms each
_SECONDS = 1.5  # after which no more are tried, on a busy machine
_OF_KIND = {"figure": 2, "question": 2, "departments": 1, "subject": 2}  # of the questions shown


class Suggester:
    """Finds questions that may follow an answer; it asks the chain without a model, as a model takes seconds."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.model_copy(update={"llm_base_url": None, "llm_model": None})
        self._held: tuple[ClauseIndex, Runnable[Question, Answer]] | None = None

    def suggest(
        self, index: ClauseIndex, answer: Answer, asked: Sequence[str], told: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Return up to three questions, none of them `asked` already or answered by what was `told`; none without evidence."""
        if not answer.citations:
            return ()
        chain, end = self._chain(index), time.perf_counter() + _SECONDS
        told = {answer.answer, *told}
        known, found, tried = {normalise(text) for text in asked}, list[Candidate](), 0
        for candidate in _in_turn(index, answer.citations[0].clause):
            if tried >= _TRIED or len(found) == _MOST or time.perf_counter() > end:
                break
            if normalise(candidate.text) in known or not _has_room(candidate, found):
                continue
            tried += 1
            if _is_answered(chain, candidate, told):
                found.append(candidate)
        return tuple(candidate.text for candidate in found)

    def _chain(self, index: ClauseIndex) -> Runnable[Question, Answer]:
        from rag.chain import build_chain

        held = self._held
        if held is None or held[0] is not index:
            held = self._held = index, build_chain(index, self._settings)
        return held[1]


def _has_room(candidate: Candidate, found: Sequence[Candidate]) -> bool:
    """True if few of its kind are found yet, and none of its clause."""
    alike = sum(one.kind == candidate.kind for one in found)
    return alike < _OF_KIND[candidate.kind] and all(one.clause != candidate.clause for one in found)


def _is_answered(chain: Runnable[Question, Answer], candidate: Candidate, told: Collection[str]) -> bool:
    """True if a question is answered from its own clause, with what it asks for, and not by what was told already."""
    answer = chain.invoke(Question(candidate.text))
    if answer.status != "grounded" or answer.answer in told:
        return False
    cited = {citation.clause.clause_id for citation in answer.citations}
    says = not candidate.needs or any(word in answer.answer for word in candidate.needs)
    return candidate.clause.clause_id in cited and says


def _in_turn(index: ClauseIndex, clause: Clause) -> Iterator[Candidate]:
    """Yield the first question of each clause, the clause itself after those next to it; then the second of each."""
    near = _beside(index, clause)
    own = list(questions_of(clause))
    others = [list(questions_of(one)) for one in near]
    rows = [*others[:2], own, *others[2:]]
    return chained.from_iterable((row[at] for row in rows if at < len(row)) for at in range(3))


def _beside(index: ClauseIndex, clause: Clause) -> list[Clause]:
    """Return the clauses next to one in its document, the nearest first, those that follow before those that precede."""
    rows = index.rows_by_document.get(clause.doc.doc_id, ())
    at = bisect_left(rows, clause.spans[0][0], key=lambda row: index.clause(row).spans[0][0])
    offsets = [offset for step in range(1, _BESIDE + 1) for offset in (step, -step)]
    near = [index.clause(rows[at + offset]) for offset in offsets if 0 <= at + offset < len(rows)]
    return [one for one in near if one.leaf and one.clause_id != clause.clause_id]
