"""Order the hits by a small learnt ranker, and say how sure the first one is.

The weights are in `data/ranker.json`, learnt from the golden questions of `dev` by
`python -m eval fit`: listwise softmax (Cao et al. 2007, ListNet) over the features of
`features.py` for clauses and sentences, and a logistic regression for confidence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.store import ClauseIndex
from index.types import Hit
from rag.confidence import CONFIDENCE_FEATURES, judge
from rag.features import (
    CLAUSE_FEATURES,
    SENTENCE_FEATURES,
    Asked,
    Matrix,
    clause_features,
    sentence_features,
)
from rag.reading import Reading, choose_sentences
from rag.search import Found

WEIGHTS_FILE = Path(__file__).parent / "data" / "ranker.json"
_POOL = 12  # hits looked at closely; the right clause is among the first five for 97 % of dev


@dataclass(frozen=True, slots=True)
class Weights:
    """Linear weights by feature name."""

    clause: npt.NDArray[np.float64]
    sentence: npt.NDArray[np.float64]
    confidence: npt.NDArray[np.float64]
    confidence_bias: float

    @classmethod
    def load(cls, path: Path = WEIGHTS_FILE) -> Weights:
        record = json.loads(path.read_text("utf-8"))
        return cls(
            np.array([record["clause"][name] for name in CLAUSE_FEATURES]),
            np.array([record["sentence"][name] for name in SENTENCE_FEATURES]),
            np.array([record["confidence"][name] for name in CONFIDENCE_FEATURES]),
            record["confidence"]["bias"],
        )


@dataclass(frozen=True, slots=True)
class Ranked:
    """Hits in their final order with their readings; `confidence` (0 to 1) and `doubts` are of the first."""

    asked: Asked
    hits: tuple[Hit, ...]
    rows: tuple[int, ...]
    readings: tuple[Reading, ...]
    confidence: float
    doubts: tuple[str, ...]
    vector: npt.NDArray[np.float32]


class Ranker:
    """Ranks clauses and sentences of one index; keeps what it has read of them."""

    def __init__(self, index: ClauseIndex, weights: Weights) -> None:
        self.index = index
        self.weights = weights
        self.reading = lru_cache(maxsize=4096)(self._reading)

    def rank(self, asked: Asked, found: Found) -> Ranked:
        """Return the hits reordered; what lies beyond the pool keeps its place."""
        pool = min(_POOL, len(found.hits))
        if not pool:
            return Ranked(asked, (), (), (), 0.0, (), found.vector)
        readings = [self.reading(row) for row in found.rows[:pool]]
        features = clause_features(asked, found.hits[:pool], readings)
        scores = features @ self.weights.clause
        order = np.argsort(-scores, kind="stable")
        best = int(order[0])
        sentences = readings[best].sentences
        chosen = choose_sentences(sentences, self.sentence_scores(asked, found.rows[best], found.vector))
        evidence = [sentences[i] for i in chosen]
        judged = judge(asked, found.hits[best], features[best], readings[best], evidence, margin(scores))
        logit = judged.features @ self.weights.confidence + self.weights.confidence_bias
        return Ranked(
            asked,
            tuple(found.hits[i] for i in order) + tuple(found.hits[pool:]),
            tuple(found.rows[i] for i in order) + tuple(found.rows[pool:]),
            tuple(readings[i] for i in order),
            1 / (1 + math.exp(-logit)),
            judged.doubts,
            found.vector,
        )

    def sentence_scores(self, asked: Asked, row: int, vector: npt.NDArray[np.float32]) -> Matrix:
        """Return the score of each sentence of a clause for the question."""
        cosines = self.index.sentence_cosines(row, vector)
        return sentence_features(asked, self.reading(row), cosines) @ self.weights.sentence

    def _reading(self, row: int) -> Reading:
        return Reading.of(self.index.clause(row))


def margin(scores: Sequence[float] | Matrix) -> float:
    """Return the softmax probability of the best score."""
    exps = np.exp(np.asarray(scores) - np.max(scores))
    return float(exps.max() / exps.sum())
