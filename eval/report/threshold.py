"""What other thresholds of confidence would refuse, as far as the record of one run can say."""

from __future__ import annotations

import math
from collections.abc import Iterable

from eval.curve import Ceilings
from eval.report.runs import Asked, Part

_NEVER, _ALWAYS = -1.0, math.inf


def ceilings_of(part: Part, removed: Iterable[float] = ()) -> Ceilings:
    """Return the highest threshold at which each question is still answered; `removed` is measured apart.

    A question refused below the threshold in use counts as answered at its confidence, though a decisive doubt may
    refuse it at any: the curve is exact from the threshold in use upwards, and an upper bound of answers below it.
    """
    pairs = [(asked.answerable, _ceiling(asked, part.run.threshold or 0.0)) for asked in part.asked]
    return Ceilings([c for answerable, c in pairs if not answerable], [c for a, c in pairs if a], list(removed))


def _ceiling(asked: Asked, threshold: float) -> float:
    if asked.confidence is None:
        return _NEVER if asked.refused else _ALWAYS
    if asked.refused == (asked.confidence < threshold):
        return asked.confidence
    # Told by the place that the question names, however unsure the search; or refused for a doubt, however sure.
    return _NEVER if asked.refused else _ALWAYS
