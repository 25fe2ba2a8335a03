"""Of a hundred clauses found, the few worth reading: a linear ranker over the scores of all views.

Learnt by `python -m eval tune` from lay questions and the statute articles that answer them
(listwise softmax, Cao et al. 2007), so that it knows nothing of the documents it is used on.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

SIEVE_FILE = Path(__file__).parent.parent / "data" / "sieve.json"
VIEWS = ("clause", "context", "question", "sentence", "bm25", "bm25 sentence")
_RANKED = ("question", "bm25")
FEATURES = ("fused", *VIEWS, *(f"rank {name}" for name in _RANKED), "same document")


def sieve_features(fused: Matrix, views: dict[str, npt.NDArray[np.float32]], documents: npt.ArrayLike) -> Matrix:
    """Return (n clauses, n FEATURES): z-scores over the clauses, ranks and shares of documents as logarithms."""
    _, inverse, counts = np.unique(documents, return_inverse=True, return_counts=True)
    ranks = [np.log1p(_ranks(views[name])) for name in _RANKED]
    scores = _standard(np.column_stack([fused, *(views[name] for name in VIEWS), np.log(counts[inverse])]))
    return np.column_stack([scores[:, :-1], *ranks, scores[:, -1]])


@cache
def sieve_weights() -> Matrix:
    """Return the learnt weights (n FEATURES,)."""
    record = json.loads(SIEVE_FILE.read_text("utf-8"))
    return np.array([record[name] for name in FEATURES])


def _standard(columns: Matrix) -> Matrix:
    """Centre each column and divide it by its spread; one without a spread is 0."""
    centred = columns - columns.mean(axis=0)
    spread = centred.std(axis=0)
    standard: Matrix = np.where(spread > 1e-9, centred / np.where(spread > 1e-9, spread, 1.0), 0.0)
    return standard


def _ranks(scores: npt.NDArray[np.floating]) -> Matrix:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks
