"""What each part of finding adds on STARD: recall@10 of the articles by each view alone, by their sums, and by the sieve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eval.external.result import Result, Row
from eval.external.stard import Stard, articles_of, open_index, recall
from index.settings import Settings
from index.store import ClauseIndex
from index.types import Clause
from rag.question.eligible import eligible_rows
from rag.question.understand import Query, understand
from rag.retrieval.search import QuestionVectors, Rows, Scored, Scores, fuse, search, weighted_tokens
from rag.types import Question

_FOUND = 200  # as many as the search takes of a view
_DEPTH = 60  # clauses, for ten articles


@dataclass(frozen=True)
class Views:
    """What the views find for one question among the clauses that it allows."""

    index: ClauseIndex
    query: Query

    @cached_property
    def asked(self) -> QuestionVectors:
        return QuestionVectors.of(self.index, self.query)

    @cached_property
    def words(self) -> Scored:
        tokens = weighted_tokens(self.query.topic or self.query.text)
        return self.index.sparse["clause"].search(tokens, _FOUND, self._ids)

    def meaning(self, vector: Scores) -> Scored:
        return self.index.dense["context"].search(vector, _FOUND, self._ids)

    def best(self, *found: Scored) -> Sequence[Clause]:
        """Return the clauses of the best sums, best first; none where the question allows none."""
        if not len(self._allowed):
            return ()
        rows, scores = fuse(found, len(self._allowed))
        return [self.index.clause(int(rows[at])) for at in np.argsort(-scores, kind="stable")[:_DEPTH]]

    @cached_property
    def _allowed(self) -> Rows:
        return eligible_rows(self.index, self.query.named)

    @property
    def _ids(self) -> Rows | None:
        return None if len(self._allowed) == len(self.index.searchable_rows) else self._allowed


# One step of finding after the other, as in rag/retrieval/search.py.
PARTS: dict[str, Callable[[Views], Sequence[Clause]]] = {
    "words (BM25)": lambda v: v.best(v.words),
    "meaning": lambda v: v.best(v.meaning(v.asked.plain)),
    "meaning, tuned": lambda v: v.best(v.meaning(v.asked.tuned)),
    "meaning, both": lambda v: v.best(v.meaning(v.asked.both)),
    "meaning + words": lambda v: v.best(v.meaning(v.asked.plain), v.words),
    "both + words": lambda v: v.best(v.meaning(v.asked.both), v.words),
    "with the sieve": lambda v: [hit.clause for hit in search(v.index, v.query, _DEPTH).hits],
}


def measure_parts(settings: Settings, stard: Stard, split: str) -> Result:
    """Return recall@10 of each part for the questions of a split; raises UserError if the index is not of these laws."""
    from tqdm import tqdm

    index = open_index(settings, stard)
    rows = []
    for name in tqdm(stard.splits[split], desc="检索", unit="问", disable=None):
        views = Views(index, understand(Question(stard.questions[name]), index))
        found = {part: articles_of(stard, find(views)) for part, find in PARTS.items()}
        scores: dict[str, float | None] = {part: recall(articles, stard.gold[name]) for part, articles in found.items()}
        rows.append(Row(name, stard.questions[name], scores, {part: articles[:10] for part, articles in found.items()}))
    return Result(f"STARD {split}, recall@10", rows)
