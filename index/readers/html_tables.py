"""A web page's tables: rowspans written out as cells, tables that only arrange the page told apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.readers.grid import Cell, grid_lines
from index.readers.html_elements import Element, whole

ROW_START = "\x1d\n"  # parts adjacent tables; taken out again where the table before is not adjacent
_MAX_COLUMNS = 200
_MAX_ROWSPAN = 65_534  # as browsers have it
_MAX_REACHED = 200_000  # cells that rowspans may add to a table
_LONG_CELL, _LONG_TEXT = 400, 1500  # characters


@dataclass(slots=True)
class Table:
    """An open table: its rows, with a cell for every row that a rowspan reaches down into."""

    start: int
    caption: str = ""
    nested: bool = False
    rows: list[list[Cell]] = field(default_factory=list)
    _column: int = 0
    _reach: dict[int, tuple[int, int]] = field(default_factory=dict)  # column -> last row, columns covered
    _reached: int = 0
    _longest: str = ""
    _size: int = 0

    def add_row(self) -> None:
        """Begin a row."""
        self._finish()
        self.rows.append([])

    def add(self, text: str, cell: Element) -> None:
        """Put a cell in the last row, after those that reach down into it from above."""
        if not self.rows:
            self.rows.append([])
        while self._column in self._reach:
            self._continue()
        across = max(1, whole(cell.attributes.get("colspan"), 1))
        down = whole(cell.attributes.get("rowspan"), 1) or _MAX_ROWSPAN  # 0 reaches to the table's end
        self.rows[-1].append(Cell([text] if text else [], across))
        if down > 1 and self._column < _MAX_COLUMNS:
            self._reach[self._column] = (len(self.rows) - 2 + down, across)
        self._column += across
        self._size += len(text)
        self._longest = max(self._longest, text, key=len)

    def _finish(self) -> None:
        """End the last row with the cells that reach into it right of its own."""
        if self.rows and self.rows[-1]:
            for column in sorted(column for column in self._reach if column >= self._column):
                if column > self._column:
                    self.rows[-1].append(Cell([], column - self._column))
                    self._column = column
                if column == self._column:
                    self._continue()
        self._column = 0

    def _continue(self) -> None:
        last, across = self._reach[self._column]
        if last < len(self.rows) - 1 or self._reached > _MAX_REACHED:
            del self._reach[self._column]
            return
        self._reached += 1
        self.rows[-1].append(Cell([], across, continues=True))
        self._column += across

    def lines(self) -> list[str]:
        """Return the rows as record lines, [] for a table that only serves layout."""
        self._finish()
        return [] if self._is_layout() else grid_lines(self.rows, _MAX_COLUMNS)

    def _is_layout(self) -> bool:
        """Say whether the table only arranges a page: it holds tables, or a cell that is a text of its own."""
        size = len(self._longest)
        prose = sum(bool(line.strip()) for line in self._longest.split("\n")) > 2
        return self.nested or size > _LONG_TEXT or (prose and size > max(_LONG_CELL, 0.6 * self._size))
