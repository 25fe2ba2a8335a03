"""The clauses nearest by meaning among those that do not hold all the words."""

from __future__ import annotations

import numpy as np

from index.store import ClauseIndex
from index.types import Clause
from rag.clauses.table import Numbers
from rag.question.scope import Named
from rag.question.understand import Query
from rag.retrieval.search import QuestionVectors, find_pool
from rag.retrieval.sieve import sieve_weights
from rag.types import Question


def nearest(index: ClauseIndex, text: str, allowed: Numbers, k: int) -> list[Clause]:
    """Return the k clauses of some rows that are nearest to a text, as a question's are found."""
    if not len(allowed) or not text.strip():
        return []
    query = Query(Question(text), text, text, Named(), "other")
    pool = find_pool(index, query, QuestionVectors.of(index, query), allowed)
    order = np.argsort(-(pool.features @ sieve_weights()), kind="stable")[:k]
    return [index.clause(int(pool.rows[at])) for at in order]
