"""What an upkeep did, as a table for people: a row a file, what changed in it, and the counts."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from index.upkeep import ADDED, GONE, SAME, SKIPPED, UNCHANGED, UPDATED, Outcome

_MANY = 50  # documents; of more, only the counts and what was skipped
_CHANGES = 30  # lines of changes shown of a document
_COUNTED = (ADDED, UPDATED, UNCHANGED, SAME, GONE, SKIPPED)


def rows_of(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Return a row for each file that was taken, with what changed in it; none if there are many."""
    told = [outcome for outcome in outcomes if outcome.status != SKIPPED]
    if len(told) > _MANY:
        return
    widths = [max((_width(cell) for cell in column), default=0) for column in zip(*map(_cells, told), strict=True)]
    for outcome in told:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(_cells(outcome), widths, strict=True))
        yield "  ".join((*padded, outcome.reason)).rstrip()
        yield from (f"    {change}" for change in outcome.changes[:_CHANGES])
        if len(outcome.changes) > _CHANGES:
            yield f"    …… 另有 {len(outcome.changes) - _CHANGES} 处"


def skipped_of(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Return a line for each file that was not taken, with its name and the reason."""
    for outcome in outcomes:
        if outcome.status == SKIPPED:
            said = outcome.reason if outcome.name in outcome.reason else f"{outcome.name}: {outcome.reason}"
            yield f"{SKIPPED}: {said}"


def counts_of(outcomes: Sequence[Outcome]) -> str:
    """Return how many files came to what, `新增 2, 跳过 1`."""
    counts = Counter(outcome.status for outcome in outcomes)
    return ", ".join(f"{status} {counts[status]}" for status in _COUNTED if counts[status])


def _cells(outcome: Outcome) -> tuple[str, str, str, str]:
    count = f"{outcome.clauses}条" if outcome.clauses else ""
    return outcome.status, outcome.doc_id, count, outcome.name


def _width(text: str) -> int:
    """Return the columns a text takes on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
