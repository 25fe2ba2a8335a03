"""Ask golden questions through the real chain, and listen to what it found on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from eval.golden import Golden
from index.settings import Settings
from index.store import ClauseIndex
from rag.answer.turn import Part, Turn
from rag.chain import build_chain
from rag.types import Answer, Question


class Asker:
    """The chain over one index, with an ear at the stage that finds clauses."""

    def __init__(self, index: ClauseIndex, settings: Settings) -> None:
        self._chain = build_chain(index, settings)

    def ask(self, golden: Golden) -> tuple[Answer, list[str]]:
        """Return the answer and the IDs of the clauses found for it, best first."""
        heard = _Listener()
        question = Question(golden.question, golden.history, id=golden.id)
        answer = self._chain.invoke(question, config={"callbacks": [heard]})
        return answer, heard.ranked


class _Listener(BaseCallbackHandler):
    """Keeps the ranked list of the turn that the stage `find` hands on."""

    raise_error = True  # a list that is lost without a word would be scored as a miss

    def __init__(self) -> None:
        self.ranked: list[str] = []
        self._finding: set[UUID] = set()

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        if kwargs.get("name") == "find":
            self._finding.add(run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        if run_id in self._finding and isinstance(outputs, Turn):
            self.ranked = ranked_list(outputs.parts)


def ranked_list(parts: Sequence[Part]) -> list[str]:
    """Return the clauses found for a question, those of its parts in turn: the first of each, the second of each."""
    columns = zip_longest(*(list(_found(part)) for part in parts))
    return list(dict.fromkeys(name for row in columns for name in row if name))


def _found(part: Part) -> Iterator[str]:
    """Yield what a part tells by its place, then what the search found for it."""
    yield from (quote.clause.clause_id for claim in part.quoted for quote in claim.quotes)
    yield from (hit.clause.clause_id for hit in (part.ranked.hits if part.ranked else ()))
