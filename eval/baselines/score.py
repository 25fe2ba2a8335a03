"""What a question's clauses get of the chunks shown for it, and how much else they drag along. Definitions: eval/README.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from eval.baselines.chunk import Chunk
from eval.golden import Golden
from eval.metrics import bootstrap, names_place, names_year
from index.types import Clause

FOUND = 0.9  # of a clause's characters in one chunk: a splitter may cut off its number, 1., or its full stop
ALLOWED = 0.05  # false refusals, as eval/thresholds.toml has it

Characters = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One golden question with the measures of what was shown for it; None where a measure does not apply."""

    recall: float | None
    characters: float | None
    precision: float | None
    drag: float | None
    wrong_region: float | None
    wrong_year: float | None
    evidence: float | None


MEASURES: dict[str, Callable[[Shown], float | None]] = {
    "clause_recall": lambda s: s.recall,
    "character_recall": lambda s: s.characters,
    "character_precision": lambda s: s.precision,
    "drag": lambda s: s.drag,
    "wrong_region": lambda s: s.wrong_region,
    "wrong_year": lambda s: s.wrong_year,
    "unanswerable_shown": lambda s: s.evidence,
}


def score(golden: Golden, chunks: Sequence[Chunk], clauses: Mapping[str, Clause]) -> Shown:
    """Score the chunks shown for one question; `clauses` has each gold clause by its ID."""
    region, year = _wrong(golden, chunks, clauses)
    if not golden.answerable:
        return Shown(None, None, None, None, region, year, float(bool(chunks)))
    gold = {name: _characters(clauses[name].doc.doc_id, clauses[name].spans) for name in (*golden.gold, *golden.also)}
    shown = [_characters(chunk.doc.doc_id, chunk.spans) for chunk in chunks]
    asked = frozenset[tuple[str, int]]().union(*(gold[name] for name in golden.gold))
    right = asked.union(*gold.values())
    seen = frozenset[tuple[str, int]]().union(*shown)
    total = sum(map(len, shown))  # a character in two chunks is read twice
    return Shown(
        recall=_share(_found(gold[name], shown) or _elsewhere(golden, gold, shown) for name in golden.gold),
        characters=max(len(each & seen) / len(each) for each in _homes(golden, gold, asked)),
        precision=len(right & seen) / total if total else 0.0,
        drag=total / len(asked),
        wrong_region=region,
        wrong_year=year,
        evidence=None,
    )


def summary(shown: Iterable[Shown]) -> dict[str, tuple[float, float, float, int]]:
    """Return each measure's mean, its bootstrap 95 % interval, and how many questions it is over."""
    rng, kept = np.random.default_rng(0), list(shown)
    means: dict[str, tuple[float, float, float, int]] = {}
    for name, measure in MEASURES.items():
        if values := [value for each in kept if (value := measure(each)) is not None]:
            means[name] = bootstrap(values, rng)
    return means


def refusals(questions: Sequence[Golden], shown: Sequence[Sequence[Chunk]], allowed: float = ALLOWED) -> float | None:
    """Return the share of unanswerable questions that a bar on the best score would refuse; None where there is no score.

    The bar is as high as it may be with only so many false refusals, on these same questions: no other does better.
    """
    best = [max((-math.inf if c.score is None else c.score for c in chunks), default=-math.inf) for chunks in shown]
    answerable = sorted(score for golden, score in zip(questions, best, strict=True) if golden.answerable)
    others = [score for golden, score in zip(questions, best, strict=True) if not golden.answerable]
    if not answerable or not others or answerable[-1] == -math.inf:
        return None
    bar = answerable[int(allowed * len(answerable))]
    return sum(score < bar for score in others) / len(others)


def _characters(doc_id: str, spans: Sequence[tuple[int, int]]) -> Characters:
    return frozenset((doc_id, at) for start, end in spans for at in range(start, end))


def _found(clause: Characters, shown: Sequence[Characters]) -> bool:
    return any(len(clause & chunk) >= FOUND * len(clause) for chunk in shown)


def _elsewhere(golden: Golden, gold: Mapping[str, Characters], shown: Sequence[Characters]) -> bool:
    """True if the one fact asked for is found in another of its homes, as eval/metrics.py has it."""
    return len(golden.gold) == 1 and any(_found(gold[name], shown) for name in golden.also)


def _homes(golden: Golden, gold: Mapping[str, Characters], asked: Characters) -> list[Characters]:
    """Return the texts any one of which would do: all gold clauses together, or another home of the one fact."""
    return [asked, *(gold[name] for name in golden.also if len(golden.gold) == 1)]


def _share(values: Iterable[bool]) -> float:
    kept = list(values)
    return sum(kept) / len(kept)


def _wrong(golden: Golden, chunks: Sequence[Chunk], clauses: Mapping[str, Clause]) -> tuple[float | None, float | None]:
    """Return the share of the chunks of a place, and of a year, that the question does not name; None where it names none.

    For a question of a place or a year that is not held, every chunk is of another.
    """
    if not golden.answerable:
        every = _share(True for _ in chunks) if chunks else 0.0
        return (every if golden.kind == "wrong_place" else None), (every if golden.kind == "wrong_year" else None)
    docs = [clauses[name].doc for name in (*golden.gold, *golden.also)]
    places, years = {doc.adcode for doc in docs}, {doc.year for doc in docs}
    region = _outside([chunk.doc.adcode for chunk in chunks], places) if names_place(golden) else None
    year = _outside([chunk.doc.year for chunk in chunks], years) if names_year(golden) else None
    return region, year


def _outside(values: Sequence[object], allowed: set[str | None] | set[int | None]) -> float:
    return _share(value not in allowed for value in values) if values else 0.0
