"""Find the clauses for a query: by meaning in context and by words, summed; then look at what was found more closely."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index.store import ClauseIndex
from index.tokens import synonyms, tokenize
from index.types import Hit
from rag.question.colloquial import formal_terms, formal_wording
from rag.question.eligible import eligible_rows
from rag.question.understand import Query, understand
from rag.retrieval.sieve import Matrix, sieve_features, sieve_weights
from rag.types import Question

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Scored = tuple[Rows, Scores]  # rows, in any order, and the score of each
Tokens = Sequence[tuple[str, float]]  # search tokens and their weights

_FOUND = 200  # candidates a view gives; all there are in a small index
_CLOSER = 100  # of these, looked at by every view
_SYNONYM_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Found:
    """The hits for a query, best first, with the question's vector for reading sentences."""

    hits: list[Hit]
    rows: list[int]
    vector: Scores = field(repr=False)
    eligible: int
    embed_ms: float = 0.0  # of the time the search took, what the encoder took


def search(index: ClauseIndex, query: Query, k: int) -> Found:
    """Return the k best clauses among those the query's scope admits."""
    allowed = eligible_rows(index, query.named)
    started = time.perf_counter()
    asked = QuestionVectors.of(index, query)
    embed_ms = (time.perf_counter() - started) * 1000
    if not len(allowed):
        return Found([], [], asked.plain, 0, embed_ms)
    pool = find_pool(index, query, asked, allowed)
    scores = pool.features @ sieve_weights()
    order = np.argsort(-scores, kind="stable")[:k]
    rows = [int(pool.rows[at]) for at in order]  # only these are read: a clause is 0.05 ms from the disk
    hits = [
        Hit(index.clause(row), float(scores[at]), {name: float(view[at]) for name, view in pool.views.items()})
        for at, row in zip(order, rows, strict=True)
    ]
    return Found(hits, rows, asked.plain, len(allowed), embed_ms)


@dataclass(frozen=True, slots=True)
class QuestionVectors:
    """A question's vectors: the encoder's own, that tuned to find answers, and both in one."""

    plain: Scores
    tuned: Scores
    both: Scores

    @classmethod
    def of(cls, index: ClauseIndex, query: Query) -> QuestionVectors:
        plain, tuned = index.encoder.encode_question(formal_wording(query.topic or query.text))
        both = plain + tuned
        return cls(plain, tuned, both / np.linalg.norm(both))


@dataclass(frozen=True, slots=True)
class Pool:
    """The clauses that are looked at more closely, with the score of each view, best first by the two that find."""

    rows: Rows
    views: dict[str, Scores]
    features: Matrix


def find_pool(index: ClauseIndex, query: Query, asked: QuestionVectors, allowed: Rows) -> Pool:
    """Return the best clauses by meaning and words, ready for the sieve."""
    tokens = weighted_tokens(query.topic or query.text)
    rows, fused = fuse(find_rows(index, tokens, asked.both, allowed), len(allowed))
    order = np.argsort(-fused, kind="stable")[:_CLOSER]
    rows = rows[order]
    views = closer_views(index, tokens, asked, rows)
    return Pool(rows, views, sieve_features(fused[order], views, index.documents_of(rows)))


def find_rows(index: ClauseIndex, tokens: Tokens, vector: Scores, allowed: Rows) -> list[Scored]:
    """Return what each of the two views that find clauses finds among the allowed ones.

    With the encoder's own vector, among 50,000 clauses of 540 laws these two, summed, put the right one first for
    75 % of 130 questions and among five for 92 %; with the sentences, where one like the question can always be
    found, for 71 % and 89 %.
    """
    ids = None if len(allowed) == len(index.searchable_rows) else allowed
    return [
        index.dense["context"].search(vector, _FOUND, ids),
        index.sparse["clause"].search(tokens, _FOUND, ids),
    ]


def fuse(found: Sequence[Scored], among: int) -> tuple[Rows, Matrix]:
    """Return the rows found, in order, and for each the sum of its z-scores over all the rows it was found `among`.

    A row that a view did not find has its lowest score. Those that none found are never laid out: of 100,000 rows
    they are all but a few hundred.
    """
    rows = np.unique(np.concatenate([found_rows for found_rows, _ in found]))
    total = np.zeros(len(rows))
    for found_rows, scores in found:
        mean, spread = _moments(scores.astype(np.float64), among)
        total += (_spread((found_rows, scores), rows) - mean) / spread
    return rows, total


def closer_views(index: ClauseIndex, tokens: Tokens, asked: QuestionVectors, rows: Rows) -> dict[str, Scores]:
    """Return each view's score of a few clauses, in their order; a clause has that of its best sentence."""
    order = np.argsort(rows)
    ordered = rows[order]
    sentences, owners = index.sentences_of(ordered)
    vectors = index.dense["sentence"].vectors(sentences)
    found = index.sparse["sentence"].search(tokens, max(1, len(sentences)), sentences)
    context = index.dense["context"].vectors(ordered)
    views = {
        "clause": index.dense["clause"].vectors(ordered) @ asked.plain,
        "context": context @ asked.plain,
        "question": context @ asked.tuned,
        "sentence": _best(vectors @ asked.plain, owners, len(rows)),
        "question sentence": _best(vectors @ asked.tuned, owners, len(rows)),
        "bm25": _spread(index.sparse["clause"].search(tokens, len(rows), ordered), ordered),
        "bm25 sentence": _best(_spread(found, sentences), owners, len(rows)),
    }
    back = np.argsort(order)
    return {name: scores[back] for name, scores in views.items()}


def weighted_tokens(text: str) -> Tokens:
    """Return the search tokens of a question; the synonyms and official forms of its words count half."""
    weights: dict[str, float] = {}
    for token in tokenize(text):
        weights[token] = 1.0
    others = [synonym for token in weights if not token.startswith("_") for synonym in synonyms(token)]
    others += [term for terms in formal_terms(text).values() for term in terms]
    for other in others:
        for part in tokenize(other):
            weights.setdefault(part, _SYNONYM_WEIGHT)
    return list(weights.items())


def _spread(found: Scored, rows: Rows) -> Scores:
    """Lay the scores found over rows that hold all of them, in order; the rest get the lowest."""
    found_rows, scores = found
    spread = np.full(len(rows), _lowest(scores), np.float32)
    spread[np.searchsorted(rows, found_rows)] = scores
    return spread


def _best(scores: Scores, owners: Rows, n: int) -> Scores:
    """Give each of n clauses the score of its best sentence; one without sentences gets the lowest."""
    best = np.full(n, _lowest(scores), np.float32)
    np.maximum.at(best, owners, scores)
    return best


def _lowest(scores: npt.NDArray[np.floating]) -> float:
    return float(scores.min()) if len(scores) else 0.0


def _moments(scores: Matrix, n: int) -> tuple[float, float]:
    """Return the mean and the standard deviation of n scores, of which all that are not given are the lowest given."""
    rest, lowest = n - len(scores), _lowest(scores)
    mean = (float(scores.sum()) + rest * lowest) / n
    squares = float(((scores - mean) ** 2).sum()) + rest * (lowest - mean) ** 2
    spread = math.sqrt(squares / n)
    return mean, spread if spread > 1e-9 else 1.0


class ClauseRetriever(BaseRetriever):
    """The search as a LangChain retriever: a question in, clauses as documents out."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Any
    k: int = 5

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        found = search(self.index, understand(Question(query), self.index), self.k)
        return [
            LangChainDocument(
                page_content=hit.clause.text,
                metadata={
                    "clause_id": hit.clause.clause_id,
                    "label": hit.clause.label,
                    "doc_id": hit.clause.doc.doc_id,
                    "score": hit.score,
                },
            )
            for hit in found.hits
        ]
