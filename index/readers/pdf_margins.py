"""Where the lines of a document begin and end, page by page and column by column."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from statistics import median

from index.readers.pdf_types import Line, Table

SENTENCE_END = re.compile(r"[。；;：:！!？?…][”’」』》）)】\"]*$")
_MAY_HANG = re.compile(r"[，。、；：！？）》”’」』】〕]$")
_BODY = 0.15  # sizes this near to the usual one are body text
_SAME_EDGE = 0.5  # of a square
_ENOUGH, _ENOUGH_SHARE = 3, 0.15  # lines that make an edge, of those at the most common one
_INDENT = 2.0  # squares
_OVER = 2.0  # squares, for marks that hang over the margin
_MOST = 0.4  # of the lines
_FAR = 0.4  # of the width
_SHORT = 20.0  # squares
_PROSE = 0.05  # of the lines end a sentence, where there are sentences
_WIDE = 0.8  # of the page: so far text reaches if no three lines say how far
_Key = tuple[int, int]
_Edges = tuple[float | None, float | None]


@dataclass(slots=True)
class Frame:
    """The left and the right margin of a page, or of one of its columns."""

    left: float
    right: float


class Margins:
    """The margins of every page, with the size of the body's type and its lines."""

    def __init__(self, lines: list[Line], tables: list[Table], widths: dict[int, float]) -> None:
        self.size = _usual_size(lines)
        self.body = [line for line in lines if abs(line.size / self.size - 1) < _BODY]
        self._extents: list[Line | Table] = [*lines, *tables]
        self._widths = widths
        places: dict[_Key, list[Line]] = {(line.page, line.column): [] for line in lines}
        for line in self.body:
            places[line.page, line.column].append(line)
        self._usual: dict[_Key, Frame] = {}
        self._own = {key: self._edges(held) for key, held in places.items()}
        self._frames = {key: self._frame(key) for key in places}
        if sum(bool(SENTENCE_END.search(line.text)) for line in self.body) < _PROSE * len(self.body):
            self._widen()

    def of(self, line: Line) -> Frame:
        return self._frames[line.page, line.column]

    def _edges(self, lines: list[Line]) -> _Edges:
        left, right = self._left_edge(lines), self._right_edge(lines)
        if left is None:
            return None, right
        # Where most paragraphs are one line long, the few second lines show the margin: two squares further out.
        further = (line.x0 for line in lines if abs(-left - line.x0 - _INDENT * self.size) < 0.3 * self.size)
        return min(further, default=-left), right

    def _left_edge(self, lines: list[Line]) -> float | None:
        """Return the negative of where lines begin; signatures on the right are no column."""
        first = min((line.x0 for line in lines), default=0.0)
        limit = first + _FAR * (max((line.x1 for line in lines), default=0.0) - first)
        return self._edge([-line.x0 for line in lines if line.x0 <= limit])

    def _right_edge(self, lines: list[Line]) -> float | None:
        """Return where full lines end; Word lets a comma hang over the margin, so lines that end in one come second."""
        inside = self._edge([line.x1 for line in lines if not _MAY_HANG.search(line.text)])
        edge = inside if inside is not None else self._edge([line.x1 for line in lines])
        if edge is None or max(line.x1 for line in lines) <= edge + _OVER * self.size:
            return edge
        # Longer lines there are: that many lines end at a margin, three headings of one length end anywhere.
        return edge if sum(abs(line.x1 - edge) < self.size for line in lines) > _MOST * len(lines) else None

    def _edge(self, ends: list[float]) -> float | None:
        """Return the outermost place where enough lines end; a mark set outside the margin is no margin."""
        groups: list[list[float]] = []
        for end in sorted(ends, reverse=True):
            if groups and groups[-1][0] - end <= _SAME_EDGE * self.size:
                groups[-1].append(end)
            else:
                groups.append([end])
        needed = max(_ENOUGH, _ENOUGH_SHARE * max(map(len, groups), default=0))
        return next((group[0] for group in groups if len(group) >= needed), None)

    def _frame(self, key: _Key) -> Frame:
        """Return a page's own margins, or the usual ones where they are hidden behind short lines."""
        left, right = self._own[key]
        usual = self._usual_frame(key)
        if left is None or left > usual.left + self.size:
            left = usual.left
        if right is None or right < usual.right - 3 * self.size:
            right = usual.right
        return Frame(left, right)

    def _usual_frame(self, key: _Key) -> Frame:
        """Return the margins of the pages alike; a bound book mirrors odd and even ones."""
        kind = key[0] % 2, key[1]
        if kind not in self._usual:
            self._usual[kind] = self._common_frame(*key)
        return self._usual[kind]

    def _common_frame(self, page: int, column: int) -> Frame:
        same_column = [edges for key, edges in self._own.items() if key[1] == column]
        same_side = [edges for key, edges in self._own.items() if key[1] == column and key[0] % 2 == page % 2]
        lefts, rights = ([e for e in side if e is not None] for side in zip(*same_side, strict=True))
        if min(len(lefts), len(rights)) >= _ENOUGH:
            return Frame(median(lefts), median(rights))
        lefts, rights = ([e for e in side if e is not None] for side in zip(*same_column, strict=True))
        return Frame(
            min(lefts, default=min(item.x0 for item in self._extents if item.column == column)),
            max(rights, default=self._outermost(page, column)),
        )

    def _outermost(self, page: int, column: int) -> float:
        reached = max(item.x1 for item in self._extents if item.column == column)
        return reached if column else max(reached, _WIDE * self._widths.get(page, 0.0))

    def _widen(self) -> None:
        """Give a narrow list of names, whose lines are all of one length, the margin of its page."""
        for (page, _), frame in self._frames.items():
            if frame.right - frame.left < _SHORT * self.size:
                frame.right = max(frame.right, self._widths.get(page, 0.0) - frame.left - 2 * self.size)


def _usual_size(lines: list[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return max(1.0, max(sizes, key=sizes.__getitem__, default=1.0))
