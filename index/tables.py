"""Rows of a table as lines that can be cited: each says its header again, `项目:门诊;标准:240元`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from index.types import Line

_GAP = "\x1d"  # between two tables that touch
_NUMBER = re.compile(r"^(?!(?:19|20)\d\d年)[\d,.，．%％—\-+×*/（）() ]+[\u4e00-\u9fff%％]{0,4}$")
_MAX_HEADER = 3


def lay_out(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with every row of a table made a sentence; its `row` counts from 1, a header's is 0."""
    laid: list[Line] = []
    for is_row, group in groupby(lines, key=lambda line: line.is_row):
        part = list(group)
        laid += _table(part) if is_row else [line for line in part if line.text != _GAP]
    return laid


def _table(rows: list[Line]) -> list[Line]:
    rows = [row for row in rows if any(row.cells)]
    if not rows:
        return []
    depth = _header_depth([row.cells for row in rows])
    names = _names([row.cells for row in rows[:depth]])
    header = [replace(row, text=_said((), row.cells), row=0) for row in rows[:depth]]
    body = [replace(row, text=_said(names, row.cells), row=n) for n, row in enumerate(rows[depth:], 1)]
    return [line for line in [*header, *body] if line.text]


def _header_depth(rows: list[tuple[str, ...]]) -> int:
    """Return how many rows name the columns: none in a table of one row or of figures alone."""
    if len(rows) < 2 or any(_NUMBER.match(cell) for cell in rows[0]) or len(set(rows[0])) < 2:
        return 1 if len(rows) > 2 and len(set(rows[0])) == 1 and _header_depth(rows[1:]) else 0
    depth = 1
    # 补助标准 | 补助标准 over 中央 | 地方: a merged cell is parted in the row below it.
    while depth < min(_MAX_HEADER, len(rows) - 1) and _is_parted(rows[depth - 1], rows[depth]):
        depth += 1
    return depth


def _is_parted(above: tuple[str, ...], below: tuple[str, ...]) -> bool:
    merged = [i for i in range(1, min(len(above), len(below))) if above[i] and above[i] == above[i - 1]]
    return any(below[i] != below[i - 1] for i in merged) and not any(_NUMBER.match(cell) for cell in below if cell)


def _names(header: list[tuple[str, ...]]) -> tuple[str, ...]:
    width = max((len(row) for row in header), default=0)
    columns = [[row[i] for row in header if i < len(row) and row[i]] for i in range(width)]
    if header and len(set(header[0])) == 1 and len(header) > 1:  # a caption over the whole width
        columns = [column[1:] for column in columns]
    return tuple("".join(dict.fromkeys(column)) for column in columns)


def _said(names: tuple[str, ...], cells: tuple[str, ...]) -> str:
    """Return a row as a sentence; a cell merged over several columns is said once."""
    parts: list[str] = []
    for i, cell in enumerate(cells):
        if not cell or (i and cell == cells[i - 1] and (not names or len(set(cells)) == 1)):
            continue
        name = names[i] if i < len(names) else ""
        parts.append(f"{name}：{cell}" if name and name != cell else cell)
    return "；".join(dict.fromkeys(parts))
