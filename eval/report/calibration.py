"""Is a confidence of 0.8 right eight times in ten? Bins, their error and the score of Brier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from eval.report.runs import Asked

_BINS = 10
_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence lies in [low, high): how many, how sure on average, how many were right."""

    low: float
    high: float
    n: int
    confidence: float
    right: int

    @property
    def share(self) -> float:
        return self.right / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.n)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins of equal width over 0 to 1, with the two errors of the whole."""

    bins: tuple[Bin, ...]
    n: int
    ece: float  # expected calibration error, Naeini et al. 2015, Guo et al. 2017
    brier: float  # mean squared error, Brier 1950


def calibrate(asked: Sequence[Asked]) -> Calibration | None:
    """Return how confidence agrees with being right; None where no question has a confidence."""
    pairs = [(each.confidence, is_right(each)) for each in asked if each.confidence is not None]
    if not pairs:
        return None
    bins = tuple(_bin(step, pairs) for step in range(_BINS))
    ece = sum(one.n * abs(one.share - one.confidence) for one in bins) / len(pairs)
    brier = sum((confidence - right) ** 2 for confidence, right in pairs) / len(pairs)
    return Calibration(bins, len(pairs), ece, brier)


def is_right(asked: Asked) -> bool:
    """True if the clause that the confidence speaks of, the first cited or else the first found, is a right one."""
    names = asked.cited or asked.retrieved
    return bool(names) and names[0] in asked.right


def wilson(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), which holds for few questions too; 0 to 1 for none."""
    if not n:
        return 0.0, 1.0
    share, square = right / n, _Z * _Z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _bin(step: int, pairs: Sequence[tuple[float, bool]]) -> Bin:
    held = [(confidence, right) for confidence, right in pairs if min(int(confidence * _BINS), _BINS - 1) == step]
    mean = sum(confidence for confidence, _ in held) / len(held) if held else (step + 0.5) / _BINS
    return Bin(step / _BINS, (step + 1) / _BINS, len(held), mean, sum(right for _, right in held))
