"""A comparison as bars: of each side the one figure that is asked about, all of one unit and of one thing, each cited."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from index.figures import find_figures
from index.tokens import synonyms, words
from index.types import Figure
from rag.question.asks import ASKING
from rag.types import Answer, Statement

_KINDS = ("amount", "percent", "count", "multiple", "duration")
_MOST = 8  # bars; more are a table's matter
_COMMA = re.compile("[,,]")
_STOP = re.compile("[;;。]")
_BOUND = re.compile("(?:及|或)?(?:以上|以下|以内|左右|上下)")
_SEVERAL = re.compile("分别|依次")  # 甲和乙分别达到70%和75%: one bar would drop the other
_TOLD = re.compile("[、,,]")  # behind a figure that is told, and not part of what another is told of
_WHOLE = Decimal(100)  # of percentages a bar is a share

Row = tuple[str, Statement, Figure]  # a side, what is told of it, a figure in that


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
    topics = {word for part in answer.trace.parts for word in words(ASKING.sub(" ", part.topic)) if len(word) > 1}
    alike = [row for row in asked if unit and row[2].unit == unit and not _SEVERAL.search(_own_words(row))]
    rows = _of_one_thing(alike, topics)
    if not 1 < len(rows) <= _MOST:
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


def _of_one_thing(rows: Sequence[Row], topics: Collection[str]) -> list[Row]:
    """Return the figure of each side that shares most with what is asked; of these, those that share it among them.

    240元 of a subsidy and 300元 of all that is raised are no bars of one chart.
    """
    matter = {id(row): _matter(row, topics) for row in rows}
    common = Counter(word for row in rows for word in set(words(_own_words(row))))
    best: dict[str, Row] = {}
    for row in rows:
        before = best.get(row[0])
        if before is None or _rank(row, matter, common) > _rank(before, matter, common):
            best[row[0]] = row
    told = max((matter[id(row)] for row in best.values()), key=_size, default=frozenset())
    return [row for row in best.values() if told and _size(told & matter[id(row)]) * 2 > _size(told)]


def _rank(row: Row, matter: Mapping[int, frozenset[str]], common: Mapping[str, int]) -> tuple[int, int]:
    """How much a figure's words share with what is asked, then with the words of the other figures."""
    return _size(matter[id(row)]), sum(common[word] - 1 for word in set(words(_own_words(row))))


def _matter(row: Row, topics: Collection[str]) -> frozenset[str]:
    own = _own_words(row)
    return frozenset(topic for topic in topics if any(name in own for name in (topic, *synonyms(topic))))


def _size(found: Collection[str]) -> int:
    return sum(map(len, found))


def _own_words(row: Row) -> str:
    return _COMMA.split(_words_before(row))[-1]


def _words_before(row: Row) -> str:
    """Return all that is said of a figure before it, its conditions too: back to the last figure told, or the stop."""
    side, statement, figure = row
    text, start = statement.text, len(side) + 2
    ends = [m.end() for m in _STOP.finditer(text, start, figure.start)]
    for other in _figures(statement, side):
        bound = _BOUND.match(text, other.end)
        told = _TOLD.match(text, bound.end() if bound else other.end)
        if told and told.end() <= figure.start:
            ends.append(told.end())
    return text[max(ends, default=start) : figure.start].strip()


def _bar(answer: Answer, side: str, statement: Statement, figure: Figure, longest: Decimal) -> Bar:
    length = min(float(Decimal(figure.value) / longest), 1.0) * 100 if longest else 0.0
    bound = _BOUND.match(statement.text, figure.end)
    text = figure.text + (bound[0] if bound else "")
    before = _words_before((side, statement, figure))
    return Bar(side, before, text, round(length, 1), _citing(statement, figure, answer))


def _citing(statement: Statement, figure: Figure, answer: Answer) -> tuple[int, ...]:
    """Return the citations of a statement whose quoted words hold the figure; all where it is written otherwise there."""
    quoted = {citation.n: citation.cited_text for citation in answer.citations}
    return tuple(n for n in statement.citations if figure.text in quoted.get(n, "")) or statement.citations
