"""How sure we are that the first clause answers the question: a logistic regression, learnt on `dev`.

Its features are how well clause and question match, what kind of question it is, and each doubt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from index.types import Hit
from rag.retrieval.doubt import RULES, doubts
from rag.retrieval.features import CLAUSE_FEATURES, VIEWS, Asked, Matrix
from rag.retrieval.reading import Passage, Reading

_MATCHES = ("words", "bigrams", "heading words", "sentence words", "sentence bigrams", "answers")
_KINDS = ("why", "yesno", "list", "how", "definition", "other")  # the rest ask for a figure or a department
CONFIDENCE_FEATURES = (
    "clause", "context", "sentence",
    *_MATCHES,
    "evidence words", "evidence bigrams", "margin", "unknown", "unknown long", "topic length", "inherited",
    *(f"asks {kind}" for kind in _KINDS),
    *RULES,
)  # fmt: skip
_LONG = 3  # characters: an unknown word this long is a thing with a name, 试管婴儿, 器官移植


@dataclass(frozen=True, slots=True)
class Judged:
    """The features of the first clause for a question, and what speaks against it."""

    features: Matrix
    doubts: dict[str, str]


def judge(asked: Asked, hit: Hit, row: Matrix, reading: Reading, evidence: list[Passage], margin: float) -> Judged:
    """Return the features (n CONFIDENCE_FEATURES,) of the best hit, whose CLAUSE_FEATURES are `row`."""
    match = dict(zip(CLAUSE_FEATURES, row, strict=True))
    against = doubts(asked, reading, evidence)
    long = sum(len(word) >= _LONG for word in asked.unknown)
    features = [
        *((hit.views[name] - 0.85) * 10 for name in VIEWS[:3]),
        *(match[name] for name in _MATCHES),
        max((asked.word_share(p.plain) for p in evidence), default=0.0),
        max(map(asked.pair_share, evidence), default=0.0),
        margin,
        asked.unknown_share,
        min(long, 2) / 2,
        math.log(1 + len(asked.weights)) / 2,
        float(asked.query.inherited),
        *(float(asked.query.asks == kind) for kind in _KINDS),
        *(float(rule in against) for rule in RULES),
    ]
    return Judged(np.array(features), against)
