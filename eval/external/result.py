"""What asking a set gave: a score or none for each measure and question, and the means for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import UserError
from rag.types import Answer

_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """One question asked; a measure that does not apply to it is None."""

    id: str
    question: str
    scores: dict[str, float | None]
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of a set, and what a reader of the means must know."""

    title: str
    rows: Sequence[Row]
    notes: Sequence[str] = ()


def told(answer: Answer) -> dict[str, Any]:
    """Return what is kept of an answer for looking at failures."""
    return {
        "status": answer.status,
        "reason": answer.reason,
        "answer": answer.answer,
        "citations": [citation.clause.clause_id for citation in answer.citations],
        "nearest": [citation.clause.clause_id for citation in answer.nearest],
    }


def means(rows: Sequence[Row]) -> dict[str, tuple[float, float, float, int]]:
    """Return each measure's mean, its bootstrap 95 % interval (Efron 1979), and how many questions it is over."""
    rng = np.random.default_rng(0)
    found: dict[str, tuple[float, float, float, int]] = {}
    for name in dict.fromkeys(name for row in rows for name in row.scores):
        values = np.array([value for row in rows if (value := row.scores.get(name)) is not None], float)
        if len(values):
            resampled = [rng.choice(values, len(values)).mean() for _ in range(_RESAMPLES)]
            low, high = np.percentile(resampled, [2.5, 97.5])
            found[name] = (float(values.mean()), float(low), float(high), len(values))
    return found


def table(result: Result) -> str:
    """Return the means as lines for people."""
    lines = [f"{result.title}: {len({row.question for row in result.rows})} 问"]
    found = means(result.rows)
    width = max(map(len, found), default=0)
    for name, (mean, low, high, count) in found.items():
        lines.append(f"  {name:<{width}}  {mean:.3f}  [{low:.3f}, {high:.3f}]  {count} 次")
    return "\n".join([*lines, *(f"  {note}" for note in result.notes)])


def write_result(path: Path, result: Result) -> None:
    """Write the means and every row as JSON; raises UserError if that cannot be written."""
    record = {"title": result.title, "means": means(result.rows), "notes": list(result.notes)}
    rows = [asdict(row) for row in result.rows]
    try:
        path.write_text(json.dumps(record | {"rows": rows}, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as exc:
        raise UserError(f"无法写入 {path}: {exc.strerror or exc}。请检查 --json 的路径。") from exc
