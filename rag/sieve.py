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

SIEVE_FILE = Path(__file__).parent / "data" / "sieve.json"
VIEWS = ("clause", "context", "question", "sentence", "bm25", "bm25 sentence")
_RANKED = ("question", "bm25")
FEATURES = ("fused", *VIEWS, *(f"rank {name}" for name in _RANKED), "same document")


def sieve_features(fused: Matrix, views: dict[str, npt.NDArray[np.float32]], documents: npt.ArrayLike) -> Matrix:
    """Return (n clauses, n FEATURES): z-scores over the clauses, ranks and shares of documents as logarithms."""
    columns = [_standard(fused), *(_standard(views[name]) for name in VIEWS)]
    columns += [np.log1p(_ranks(views[name])) for name in _RANKED]
    _, inverse, counts = np.unique(documents, return_inverse=True, return_counts=True)
    return np.column_stack([*columns, _standard(np.log(counts[inverse]))])


@cache
def sieve_weights() -> Matrix:
    """Return the learnt weights (n FEATURES,)."""
    record = json.loads(SIEVE_FILE.read_text("utf-8"))
    return np.array([record[name] for name in FEATURES])


def _standard(scores: npt.NDArray[np.floating]) -> Matrix:
    centred = np.asarray(scores, np.float64) - np.mean(scores)
    spread = centred.std()
    standard: Matrix = centred / spread if spread > 1e-9 else centred * 0
    return standard


def _ranks(scores: npt.NDArray[np.floating]) -> Matrix:
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    return ranks
