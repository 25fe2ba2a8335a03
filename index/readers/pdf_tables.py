"""Ruling lines -> grids of cells, as a reader sees them: squares that no line parts are one cell."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise

from index.readers.pdf_layout import fits_after, glued, lines_of, pieces_of
from index.readers.pdf_types import Char, Line, Ruling, Table

_SNAP = 2.5  # points; WPS draws the two sides of a border a point apart
_TOUCH = 3.0
_COVERED = 0.8  # of a square's side: a broken line still parts
_NARROW = 5.0  # points: between the lines of a double border
_MAX_CROSSINGS = 400_000
_MAX_SQUARES = 40_000
_PADDING = 5.4  # points between a border and the text, as in Word
_MIDDLE = 0.3  # of a square, from the baseline up to the middle of a character
_SENTENCE_END = tuple("。；：！？")
_Span = tuple[float, float]
_Bars = dict[float, list[_Span]]  # a place on one axis -> what the lines there cover of the other
_OUTSIDE = 0


def take_tables(rulings: list[Ruling], chars: list[Char]) -> tuple[list[Table], list[Char]]:
    """Return the tables of a page with their text, and the characters that stand in none."""
    tables: list[Table] = []
    for grid in sorted(_grids(rulings), key=lambda grid: grid.area):  # an inner table before the one around it
        held, rest = grid.sort_out(chars)
        if grid.columns > 1 and len(held) > 1:
            tables.append(grid.table(held))
            chars = rest
    return tables, chars


def _grids(rulings: list[Ruling]) -> list[_Grid]:
    across = _merged([(r.y0, (r.x0, r.x1)) for r in rulings if r.is_horizontal])
    down = _merged([(r.x0, (r.y0, r.y1)) for r in rulings if not r.is_horizontal])
    if not across or not down or len(across) * len(down) > _MAX_CROSSINGS:
        return []
    grids = [_Grid(h, v) for h, v in _touching(across, down)]
    return [grid for grid in grids if grid.columns > 1 and grid.rows > 0]


def _merged(lines: list[tuple[float, _Span]]) -> list[tuple[float, _Span]]:
    """Bring lines that are nearly one onto one place, and join the pieces of each."""
    places: list[list[tuple[float, _Span]]] = []
    for line in sorted(lines):
        if places and line[0] - places[-1][0][0] <= _SNAP:
            places[-1].append(line)
        else:
            places.append([line])
    merged = []
    for place in places:
        at = sum(line[0] for line in place) / len(place)
        merged += [(at, span) for span in _joined(sorted(span for _, span in place))]
    return [(at, span) for at, span in merged if span[1] - span[0] > _TOUCH]


def _joined(spans: list[_Span]) -> list[_Span]:
    joined: list[_Span] = []
    for span in spans:
        if joined and span[0] <= joined[-1][1] + _TOUCH:
            joined[-1] = (joined[-1][0], max(joined[-1][1], span[1]))
        else:
            joined.append(span)
    return joined


def _touching(across: list[tuple[float, _Span]], down: list[tuple[float, _Span]]) -> list[tuple[_Bars, _Bars]]:
    """Group the lines that hang together: each group draws one table, or a box."""
    groups = _Groups(len(across) + len(down))
    for i, (y, (x0, x1)) in enumerate(across):
        for j, (x, (y0, y1)) in enumerate(down, len(across)):
            if x0 - _TOUCH <= x <= x1 + _TOUCH and y0 - _TOUCH <= y <= y1 + _TOUCH:
                groups.unite(i, j)
    found: dict[int, tuple[_Bars, _Bars]] = defaultdict(lambda: (defaultdict(list), defaultdict(list)))
    for i, (y, span) in enumerate(across):
        found[groups.of(i)][0][y].append(span)
    for j, (x, span) in enumerate(down, len(across)):
        found[groups.of(j)][1][x].append(span)
    return [(h, v) for h, v in found.values() if len(h) > 1 and v]


class _Groups:
    """Numbers that are united, and which of them stands for each."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def of(self, i: int) -> int:
        while self._above[i] != i:
            self._above[i] = self._above[self._above[i]]
            i = self._above[i]
        return i

    def unite(self, i: int, j: int) -> None:
        self._above[max(self.of(i), self.of(j))] = min(self.of(i), self.of(j))


class _Grid:
    """Squares between the lines of a table; `cells[row][column]` numbers the cell, 0 is outside."""

    def __init__(self, across: _Bars, down: _Bars) -> None:
        _close(down, across)
        _close(across, down)
        self._across, self._down = across, down
        self._ys, self._xs = sorted(across), sorted(down)
        self.cells: list[list[int]] = []
        if 0 < self.rows * self.columns <= _MAX_SQUARES:
            self.cells = self._number()
            self._drop_repeated()

    @property
    def rows(self) -> int:
        return len(self._ys) - 1

    @property
    def columns(self) -> int:
        return len(self._xs) - 1

    @property
    def area(self) -> float:
        return (self._xs[-1] - self._xs[0]) * (self._ys[-1] - self._ys[0])

    def _number(self) -> list[list[int]]:
        """Unite squares that no line parts; those open to the outside belong to it."""
        rows, columns = self.rows, self.columns
        groups = _Groups(rows * columns + 1)

        def place(row: int, column: int) -> int:
            return 1 + row * columns + column if 0 <= row < rows and 0 <= column < columns else _OUTSIDE

        for row, y in enumerate(self._ys):
            for column, side in enumerate(pairwise(self._xs)):
                if not _is_covered(side, self._across[y]):
                    groups.unite(place(row - 1, column), place(row, column))
        for column, x in enumerate(self._xs):
            for row, side in enumerate(pairwise(self._ys)):
                if not _is_covered(side, self._down[x]):
                    groups.unite(place(row, column - 1), place(row, column))
        return [[groups.of(place(row, column)) for column in range(columns)] for row in range(rows)]

    def _drop_repeated(self) -> None:
        """Drop rows and columns that part nothing, or only the two lines of a double border."""
        ys, xs = self._ys, self._xs
        for i in range(self.rows - 1, -1, -1):
            if ys[i + 1] - ys[i] < _NARROW or (i and self.cells[i] == self.cells[i - 1]):
                del self.cells[i], ys[i if i else 0]
        for j in range(self.columns - 1, -1, -1):
            column = [row[j] for row in self.cells]
            if xs[j + 1] - xs[j] < _NARROW or (j and column == [row[j - 1] for row in self.cells]):
                del xs[j]
                for row in self.cells:
                    del row[j]

    def sort_out(self, chars: list[Char]) -> tuple[dict[int, list[Char]], list[Char]]:
        """Return the characters in each cell, and those in none."""
        held: dict[int, list[Char]] = defaultdict(list)
        rest: list[Char] = []
        for char in chars:
            row = bisect_right(self._ys, char.y - _MIDDLE * char.size) - 1
            column = bisect_right(self._xs, (char.x0 + char.x1) / 2) - 1
            inside = 0 <= row < len(self.cells) and 0 <= column < self.columns
            cell = self.cells[row][column] if inside else _OUTSIDE
            (held[cell] if cell != _OUTSIDE else rest).append(char)
        return held, rest

    def table(self, held: dict[int, list[Char]]) -> Table:
        widths = self._widths()
        texts = {cell: _cell_text(chars, widths[cell]) for cell, chars in held.items()}
        rows = [[texts.get(cell, "") for cell in row] for row in self.cells]
        firsts = [row[0] for row in self.cells]
        joins_up = [False, *(a == b != _OUTSIDE for a, b in pairwise(firsts))]
        return Table(rows, joins_up, self._xs[0], self._xs[-1], self._ys[0])

    def _widths(self) -> dict[int, _Span]:
        widths: dict[int, _Span] = {}
        for row in self.cells:
            for column, cell in enumerate(row):
                x0, x1 = widths.get(cell, (self._xs[column], 0.0))
                widths[cell] = (min(x0, self._xs[column]), max(x1, self._xs[column + 1]))
        return widths


def _close(bars: _Bars, others: _Bars) -> None:
    """Add the outer lines that are left out but that the eye adds where the `others` end together.

    Some tables have no side borders, and a browser draws none where a page cuts a table.
    """
    first = min(span[0] for spans in others.values() for span in spans)
    last = max(span[1] for spans in others.values() for span in spans)
    for end, outermost in ((first, min(bars)), (last, max(bars))):
        reaching = [
            place for place, spans in others.items() if any(abs(e - end) <= _TOUCH for span in spans for e in span)
        ]
        if len(reaching) > 1:
            at = outermost if abs(end - outermost) <= _TOUCH else end
            bars[at] = _joined(sorted([*bars.get(at, []), (min(reaching), max(reaching))]))


def _is_covered(side: _Span, spans: list[_Span]) -> bool:
    covered = sum(max(0.0, min(side[1], end) - max(side[0], start)) for start, end in spans)
    return covered >= _COVERED * (side[1] - side[0])


def _cell_text(chars: list[Char], width: _Span) -> str:
    """Join the lines of a cell: a line that was full runs on, any other ends with a space."""
    lines = lines_of(pieces_of(chars))
    full = (_is_full(line, following, width) for line, following in pairwise(lines))
    return glued(
        [lines[0].text, *(b.text if runs_on else " " + b.text for runs_on, b in zip(full, lines[1:], strict=True))]
    )


def _is_full(line: Line, following: Line, width: _Span) -> bool:
    """True if the next word had no room on the line, set from the left or in the middle."""
    if line.text.endswith(_SENTENCE_END):
        return False
    if not fits_after(line.x1, following, width[1] - _PADDING):
        return True
    return not fits_after(line.x1 - line.x0, following, width[1] - width[0] - 2 * _PADDING)
