"""Two runs over the same questions: is a difference of means more than the luck of the questions drawn?

A paired permutation test (Noreen 1989; for retrieval: Smucker, Allan, Carterette, CIKM 2007) and the bootstrap interval of
the mean difference (Efron 1979), the same each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.brief import Brief
from eval.metrics import MEASURES

_RESAMPLES = 10_000
LOWER_IS_BETTER = {"false_refusal", "wrong_region", "wrong_year", "figure_error"}


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in two runs, over the questions that it applies to in both.

    `low` and `high` are the 95 % interval of `after - before`; `p` is how often chance alone makes as large a difference.
    """

    measure: str
    before: float
    after: float
    low: float
    high: float
    p: float
    count: int

    @property
    def is_worse(self) -> bool:
        """True if it fell, and the interval of the difference does not hold 0."""
        return self.low > 0 if self.measure in LOWER_IS_BETTER else self.high < 0


def differences(before: Mapping[tuple[str, str], Brief], after: Mapping[tuple[str, str], Brief]) -> list[Difference]:
    """Return the difference of every measure over the questions of both runs."""
    found = []
    for measure in MEASURES:
        pairs = [
            (before[key].scores.get(measure), one.scores.get(measure)) for key, one in after.items() if key in before
        ]
        both = [(a, b) for a, b in pairs if a is not None and b is not None]
        if both:
            found.append(compare(measure, [a for a, _ in both], [b for _, b in both]))
    return found


def compare(measure: str, before: Sequence[float], after: Sequence[float]) -> Difference:
    """Return the difference of two runs' scores, question by question."""
    change = np.array(after) - np.array(before)
    low, high = _interval(change)
    return Difference(measure, float(np.mean(before)), float(np.mean(after)), low, high, _p(change), len(change))


def _interval(change: npt.NDArray[np.float64]) -> tuple[float, float]:
    if not change.any():
        return 0.0, 0.0
    values, counts = np.unique(change, return_counts=True)  # few: a resample is how often it has each
    drawn = np.random.default_rng(0).multinomial(len(change), counts / len(change), _RESAMPLES)
    low, high = np.percentile(drawn @ values / len(change), [2.5, 97.5])
    return float(low), float(high)


def _p(change: npt.NDArray[np.float64]) -> float:
    """Return how often random signs give a mean at least as far from 0; questions that did not change have none."""
    moved = change[change != 0]
    if not len(moved):
        return 1.0
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (_RESAMPLES, len(moved)))
    as_far = np.abs(signs @ moved) >= abs(moved.sum()) - 1e-9
    return float((as_far.sum() + 1) / (_RESAMPLES + 1))
