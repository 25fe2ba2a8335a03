"""The chain with its scope set from outside: the question may be answered from some clauses of one document alone."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from functools import partial

from index.settings import Settings
from index.store import ClauseIndex
from index.types import Document
from rag.answer.apart import find_apart
from rag.answer.compose import Composer
from rag.answer.refuse import refuse_words
from rag.answer.turn import Turn
from rag.chain import find_part
from rag.generation.generate import open_generator
from rag.question.understand import Query, understand
from rag.retrieval.rank import Ranker, Weights
from rag.retrieval.rerank import open_reranker
from rag.types import Answer, Question


class ScopedChain:
    """Understands, searches, refuses and composes as `rag.chain` does; only the documents in scope are given to it."""

    def __init__(self, index: ClauseIndex, settings: Settings) -> None:
        ranker = Ranker(index, Weights.load(), open_reranker(settings))
        self._index = index
        self._composer = Composer(index, ranker, open_generator(settings))
        self._search = partial(find_part, index=index, ranker=ranker, settings=settings)

    def ask(self, text: str, doc: Document, paths: Collection[str]) -> Answer:
        """Return the answer from the clauses at the paths of a document, and those below them."""
        question = Question(text)
        turn = Turn(question, time.perf_counter(), refusal=refuse_words(text))
        if not turn.refusal:
            held = [c.clause_id for c in self._index.clauses_of(doc.doc_id) if c.path.split(".")[0] in paths]
            narrowed = partial(self._narrowed, doc=doc, within=frozenset(held))
            query = narrowed(question)
            turn = replace(turn, query=query, parts=find_apart(query, self._search, narrowed))
        *_, answer = self._composer.compose(turn)
        return answer

    def _narrowed(self, question: Question, doc: Document, within: frozenset[str]) -> Query:
        query = understand(question, self._index)
        return query.narrowed(replace(query.named, documents=(doc,), mentions=(), missing=(), within=within))
