"""The figures of a comparison as bars: those of one unit that the statements of at least two sides hold, each cited."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from index.figures import find_figures
from index.types import Figure
from rag.types import Answer, Statement

_KINDS = ("amount", "percent", "count", "multiple", "duration")
_MOST = 8  # bars; more are a table's matter
_WORDS = 26  # characters that say what a figure is of
_CUT = re.compile(r"[,,;;。::、()()]")
_WHOLE = Decimal(100)  # of percentages a bar is a share


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure of a side: the words before it, how it is written, its length in percent, the citations of its statement."""

    side: str
    words: str
    text: str
    length: float
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of one unit, side by side."""

    unit: str
    bars: tuple[Bar, ...]


def chart_of(answer: Answer) -> Chart | None:
    """Return the chart of a comparison, or None where no unit is told of two sides or the bars would be too many."""
    if answer.trace is None or len(answer.trace.parts) < 2:
        return None
    sides = [part.side for part in answer.trace.parts if part.side]
    told = [(side, s) for s in answer.statements for side in sides if s.text.startswith(f"{side}: ")]
    wanted = {part.asks for part in answer.trace.parts}
    found = [(side, statement, figure) for side, statement in told for figure in _figures(statement, side)]
    asked = [row for row in found if row[2].kind in wanted] or found
    unit = _shared_unit([(side, figure.unit) for side, _, figure in asked])
    rows = [row for row in asked if row[2].unit == unit]
    if not unit or len(rows) > _MOST:
        return None
    longest = _WHOLE if unit == "%" else max(Decimal(figure.value) for *_, figure in rows)
    return Chart(unit, tuple(_bar(answer, side, statement, figure, longest) for side, statement, figure in rows))


def _figures(statement: Statement, side: str) -> Iterator[Figure]:
    """Yield the quantities of a statement, not those of the name of its side."""
    for figure in find_figures(statement.text):
        if figure.kind in _KINDS and figure.start > len(side) and _number(figure) is not None:
            yield figure


def _number(figure: Figure) -> Decimal | None:
    try:
        return Decimal(figure.value)
    except InvalidOperation:
        return None


def _shared_unit(found: list[tuple[str, str]]) -> str:
    """Return the unit that most sides tell, two at least; the first told of several."""
    sides: dict[str, set[str]] = {}
    for side, unit in found:
        sides.setdefault(unit, set()).add(side)
    best = max(sides, key=lambda unit: len(sides[unit]), default="")
    return best if best and len(sides[best]) > 1 else ""


def _bar(answer: Answer, side: str, statement: Statement, figure: Figure, longest: Decimal) -> Bar:
    length = min(float(Decimal(figure.value) / longest), 1.0) * 100 if longest else 0.0
    before = statement.text[len(side) + 2 : figure.start]
    words = _CUT.split(before)[-1].strip()[-_WORDS:]
    return Bar(side, words, figure.text, round(length, 1), _citing(statement, figure, answer))


def _citing(statement: Statement, figure: Figure, answer: Answer) -> tuple[int, ...]:
    """Return the citations of a statement whose quoted words hold the figure; all where it is written otherwise there."""
    quoted = {citation.n: citation.cited_text for citation in answer.citations}
    return tuple(n for n in statement.citations if figure.text in quoted.get(n, "")) or statement.citations
