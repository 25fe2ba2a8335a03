"""The tab that says how this system was measured: the accepted run's scores, and the report in a frame of its own.

The evaluation is a program apart; all that is known of it here are the files that it leaves in its folder.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rag.page.parts import render

_log = logging.getLogger(__name__)
_RESULTS, _REPORT = "results.json", Path("runs") / "report.html"


@dataclass(frozen=True, slots=True)
class Score:
    """A measure of the first screen with its 95 % interval, as shares."""

    title: str
    meaning: str
    high_is_good: bool
    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class SetScores:
    """The scores of one set of questions."""

    title: str
    about: str
    questions: int
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the folder holds: the accepted run's scores, empty if there are none, and the newest report's page."""

    sets: tuple[SetScores, ...] = ()
    commit: str = ""
    day: str = ""
    report: str | None = None
    made: str = ""


def render_evaluation(folder: Path | None, language: str = "zh") -> str:
    """Return the tab; where nothing was measured it says how to."""
    return render("measured/evaluation.html", language, found=read_evaluation(folder) if folder else Evaluation())


def read_evaluation(folder: Path) -> Evaluation:
    """Return what is in the folder of the evaluation; what cannot be read counts as not there."""
    sets: tuple[SetScores, ...] = ()
    commit = day = ""
    try:
        record = json.loads((folder / _RESULTS).read_text("utf-8"))
        sets, commit, day = tuple(_sets(folder, record)), record.get("commit") or "", (record.get("time") or "")[:10]
    except OSError:
        pass
    except (ValueError, KeyError, TypeError, AttributeError):
        _log.exception("the results of the evaluation cannot be read")
    return Evaluation(sets, commit, day, *_report(folder / _REPORT))


def _report(path: Path) -> tuple[str | None, str]:
    """Return the report's page and when it was made."""
    try:
        made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return path.read_text("utf-8"), f"{made:%Y-%m-%d %H:%M} UTC"
    except OSError:
        return None, ""


def _sets(folder: Path, record: Mapping[str, Any]) -> Iterator[SetScores]:
    """Yield the scores of each set, in the order of the measures that an official asks for first."""
    measures, names = _table(folder / "measures.tsv"), _table(folder / "sets.tsv")
    wholes = record.get("by_set") or {"+".join(record["sets"]): record}
    for name, whole in wholes.items():
        title, about = names.get(name, (name, ""))
        yield SetScores(title, about, whole["questions"], tuple(_scores(measures, whole["summary"])))


def _scores(measures: Mapping[str, tuple[str, ...]], summary: Mapping[str, list[float]]) -> Iterator[Score]:
    for name, (title, better, first, meaning) in measures.items():
        if first == "是" and name in summary:
            mean, low, high, n = summary[name]
            yield Score(title, meaning, better == "高", mean, low, high, int(n))


def _table(path: Path) -> dict[str, tuple[str, ...]]:
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("# "))
    return {key: tuple(rest) for key, *rest in rows}
