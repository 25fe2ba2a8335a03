"""The spine: a question in, an answer out, one runnable a stage.

understand -> find (a place named, or search, rank, refuse) -> compose (extract | generate, check, cite)
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from langchain_core.runnables import Runnable, RunnableLambda

from index.settings import Settings
from index.store import ClauseIndex
from index.types import Document
from rag.answer.apart import find_apart
from rag.answer.compose import Composer
from rag.answer.refuse import Refusal, refuse_scope, refuse_weak, refuse_words
from rag.answer.turn import Part, Turn
from rag.clock import Clock
from rag.explanation.explain import explain
from rag.generation.generate import open_generator
from rag.question.understand import Query, understand
from rag.retrieval.features import Asked
from rag.retrieval.rank import Ranker, Weights
from rag.retrieval.rerank import open_reranker
from rag.retrieval.search import search
from rag.structure.structure import Structure
from rag.types import Answer, Question, printable

_TURNS = 4  # looked back for the document that is spoken of


def build_chain(index: ClauseIndex, settings: Settings) -> Runnable[Question, Answer]:
    """Return the chain over an index: `.invoke` and `.batch` give answers, `.stream` growing ones."""
    ranker = Ranker(index, Weights.load(), open_reranker(settings))
    composer = Composer(index, ranker, open_generator(settings))
    finder = Finder(index, ranker, settings)

    def understand_question(question: Question) -> Turn:
        started = time.perf_counter()
        question = replace(
            question,
            text=printable(question.text),
            id=printable(question.id) if isinstance(question.id, str) else question.id,
        )
        refusal = refuse_words(question.text)
        turn = Turn(question, started, refusal=refusal)
        with turn.clock.stage("understand"):
            return turn if refusal else replace(turn, query=understand(question, index))

    def find_clauses(turn: Turn) -> Turn:
        return replace(turn, parts=finder.parts(turn.query, turn.clock) if turn.query else ())

    def compose_answer(turn: Turn) -> Iterator[Answer]:
        explained = explain(turn, settings.min_confidence)
        for answer in turn.clock.each("compose", composer.compose(turn)):
            yield replace(answer, trace=replace(explained, times=dict(turn.clock.times)))

    return (
        RunnableLambda(understand_question, name="understand")
        | RunnableLambda(find_clauses, name="find")
        | RunnableLambda(compose_answer, name="compose")
    )


class Finder:
    """Finds the clauses for a question: those at the place that it names, else by search."""

    def __init__(self, index: ClauseIndex, ranker: Ranker, settings: Settings) -> None:
        self._index = index
        self._structure = Structure(index)
        self._search = partial(find_part, index=index, ranker=ranker, settings=settings)

    def parts(self, query: Query, clock: Clock) -> tuple[Part, ...]:
        """Return the parts of a question, each with what was found for it or why there is no answer."""
        search = partial(self._search, clock=clock)
        with clock.stage("place"):
            placed = self._structure.parts(query, search, lambda: self._document_before(query.question, clock))
        return placed or find_apart(query, search, partial(understand, index=self._index))

    def _document_before(self, question: Question, clock: Clock) -> Document | None:
        """Return the document that answers the turn before: what 上述文件 means though no turn has named it."""
        query = understand(question.before(_TURNS), self._index)
        answered = next((part for part in self.parts(query, clock) if not part.refusal), None)
        return answered.document if answered else None


def find_part(query: Query, index: ClauseIndex, ranker: Ranker, settings: Settings, clock: Clock | None = None) -> Part:
    """Search one part's scope, rank what is found, and refuse if the best of it is no answer."""
    clock = clock or Clock()
    with clock.stage("search"):
        found = search(index, query, settings.top_k)
        refusal = refuse_scope(query, found.eligible, index.documents)
    clock.move(found.embed_ms, "search", "embed")
    if refusal or not found.hits:
        refusal = refusal or Refusal("no_match", "现有文件中没有可查询的条款。")
        return Part(query, None, refusal, eligible=found.eligible)
    with clock.stage("rank"):
        ranked = ranker.rank(Asked.of(query, index), found)
        return Part(query, ranked, refuse_weak(ranked, settings.min_confidence), eligible=found.eligible)
