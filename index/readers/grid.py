"""A table's rows of cells, as Word and web pages merge them -> record lines of equal length."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Cell(NamedTuple):
    """A table cell as the file has it: the columns it spans, and whether it continues the one above."""

    lines: list[str]
    span: int = 1
    continues: bool = False


_MAX_COLUMNS = 63  # Word's own limit
_MAX_CELLS = 2_000_000  # of the full grid: one wide row pads a million narrow ones
_MAX_REPEATED = 2_000_000  # characters that merged cells may add: spans can multiply a text without end


def grid_lines(rows: list[list[Cell]], max_columns: int = _MAX_COLUMNS) -> list[str]:
    """Return the rows as record lines, [] for a table that only serves layout: one row or one column."""
    width = max((sum(cell.span for cell in row) for row in rows), default=0)
    if width > max_columns or width * len(rows) > _MAX_CELLS or sum(map(_has_columns, rows)) < 2:
        return []
    lines: list[str] = []
    above: list[str] = []
    budget = _MAX_REPEATED
    for row in rows:
        above = _spread(row, above, budget)
        budget -= sum(map(len, above)) - sum(len(line) for cell in row for line in cell.lines)
        if any(above):
            lines.append("\x1e" + "\x1f".join(above + [""] * (width - len(above))))
    return lines


def _has_columns(row: list[Cell]) -> bool:
    return sum(bool(cell.lines) or cell.continues for cell in row) > 1


def _spread(row: Iterable[Cell], above: list[str], budget: int) -> list[str]:
    """Return the row's texts by grid column, those of merged cells in each column that they cover."""
    texts: list[str] = []
    for cell in row:
        text = " ".join(" ".join(cell.lines).split())
        if cell.continues and len(texts) < len(above):
            text = above[len(texts)]
        repeat = text if budget > 0 else ""
        texts += [repeat if cell.continues else text] + [repeat] * (cell.span - 1)
    return texts
