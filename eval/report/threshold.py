"""What other thresholds of confidence would refuse, as far as the record of one run can say."""

from __future__ import annotations

import math
from pathlib import Path

from eval.curve import Ceilings, load
from eval.report.runs import Asked, Part

_NEVER, _ALWAYS = -1.0, math.inf


def measured(part: Part, folder: Path) -> Ceilings | None:
    """Return what `eval curve` measured of this set, where it was kept and agrees with what the run refused."""
    path = folder / f"curve-{part.name}.json"
    if part.run.threshold is None or not path.is_file():
        return None
    found, told = load(path).at(part.run.threshold), ceilings_of(part).at(part.run.threshold)
    # Else the code has changed since: another run would have to be told by another curve.
    agrees = (found.refusal_recall, found.false_refusal) == (told.refusal_recall, told.false_refusal)
    return load(path) if agrees else None


def ceilings_of(part: Part) -> Ceilings:
    """Return the highest threshold at which each question is still answered, as the run's confidences say it.

    A question refused below the threshold in use counts as answered at its confidence, though a decisive doubt may
    refuse it at any; one of several parts is told by the least sure of them, though another may be answered above it.
    """
    pairs = [(asked.answerable, _ceiling(asked, part.run.threshold or 0.0)) for asked in part.asked]
    return Ceilings([c for answerable, c in pairs if not answerable], [c for a, c in pairs if a], [])


def _ceiling(asked: Asked, threshold: float) -> float:
    if asked.confidence is None:
        return _NEVER if asked.refused else _ALWAYS
    if asked.refused == (asked.confidence < threshold):
        return asked.confidence
    # Told by the place that the question names, however unsure the search; or refused for a doubt, however sure.
    return _NEVER if asked.refused else _ALWAYS
