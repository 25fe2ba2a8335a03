"""How an answer came about, as plain data: what was understood, what each view found, how long it took."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Candidate:
    """A clause that was looked at closely, with the score of each view and the ranker's.

    `sureness` is its confidence as an answer, where it was judged as one; `sentence` its best one, its text[start:end].
    """

    clause_id: str
    document: str  # what people call it: 文号 or title
    path_text: str
    views: dict[str, float]
    fused: float
    score: float | None = None
    sureness: float | None = None
    sentence: str = ""
    start: int = 0
    end: int = 0
    sentence_score: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "clause_id": self.clause_id,
            "label": f"{self.document} {self.path_text}",
            "score": _rounded(self.score),
            "confidence": _rounded(self.sureness),
            "fused": _rounded(self.fused),
            "views": {name: _rounded(score) for name, score in self.views.items()},
            "sentence": {
                "text": self.sentence,
                "start": self.start,
                "end": self.end,
                "score": _rounded(self.sentence_score),
            },
        }


@dataclass(frozen=True, slots=True)
class Words:
    """The words searched for: each with its weight, its other forms, its official terms; those no clause has."""

    weights: dict[str, float] = field(default_factory=dict)
    synonyms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    official: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "weights": {word: _rounded(weight) for word, weight in self.weights.items()},
            "synonyms": {word: list(forms) for word, forms in self.synonyms.items()},
            "official": {phrase: list(terms) for phrase, terms in self.official.items()},
            "unknown": list(self.unknown),
        }


@dataclass(frozen=True, slots=True)
class PartTrace:
    """One part of a question: its scope and subject, what was found for it, how sure that is, why it was refused.

    `eligible` counts the clauses that its scope admits; None where it names a place and nothing had to be searched.
    """

    side: str
    topic: str
    asks: str
    regions: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    documents: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    words: Words = Words()
    eligible: int | None = None
    confidence: float | None = None
    doubts: tuple[str, ...] = ()
    refusal: str | None = None
    told: tuple[str, ...] = ()  # labels of the clauses of a place that is told as it stands
    candidates: tuple[Candidate, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "side": self.side,
            "topic": self.topic,
            "asks": self.asks,
            "regions": list(self.regions),
            "years": list(self.years),
            "documents": list(self.documents),
            "missing": list(self.missing),
            "words": self.words.to_json(),
            "eligible": self.eligible,
            "confidence": _rounded(self.confidence),
            "doubts": list(self.doubts),
            "refusal": self.refusal,
            "told": list(self.told),
            "clauses": [candidate.to_json() for candidate in self.candidates],
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """How one answer came about; `times` are milliseconds by stage, `threshold` is of confidence."""

    text: str = ""
    inherited: bool = False
    compared: bool = False
    figures: tuple[str, ...] = ()
    parts: tuple[PartTrace, ...] = ()
    threshold: float = 0.0
    times: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "inherited": self.inherited,
            "compared": self.compared,
            "figures": list(self.figures),
            "parts": [part.to_json() for part in self.parts],
            "threshold": self.threshold,
            "times_ms": {stage: round(ms, 2) for stage, ms in self.times.items()},
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
