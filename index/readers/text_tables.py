"""Tables typed in plain text: cells between tabs or bars, with a drawn frame or without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index.lines import is_chrome
from index.marks import mark_at

_BAR = re.compile("[|｜│┃║]")
_BLANK = " \u3000\xa0"
# ├──┼──┤, +---+---+, |:--|--:|, a line of dashes: between rows it parts them, and says nothing.
_FRAME = re.compile(r"[ \u3000\u2500-\u257f|｜+:=\-—－＋]{3,}")
_LINE = re.compile(r"[\u2500-\u257f=\-—－]{2}")
_MARK_TAIL = "、.．）)：:"


@dataclass(slots=True)
class _Table:
    """Rows in their groups, parted where a frame was drawn; `end` is the line after the last of them."""

    groups: list[list[list[str]]]
    end: int
    rows: list[list[str]] = field(default_factory=list)


def with_tables(text: str) -> str:
    """Return the text with lines of equally many cells as rows: \\x1e before the first cell, \\x1f between, \\x1d between tables."""
    if "\t" not in text and not _BAR.search(text):
        return text
    lines = text.split("\n")
    laid: list[str] = []
    at = 0
    while at < len(lines):
        cells = _cells(lines[at])
        if cells is None:
            laid.append(lines[at])
            at += 1
            continue
        table = _collect(lines, at, cells)
        laid += _laid_out(table, laid) if _is_table(table.rows, "\t" in lines[at]) else lines[at : table.end]
        at = table.end
    return "\n".join(laid)


def _cells(line: str) -> list[str] | None:
    """Return the cells of a line, None if it is none of a table; a menu (首页 | 新闻) is none either."""
    bars = _BAR.split(line)
    if len(bars) > 2:
        cells = [cell.strip(f"{_BLANK}\t") for cell in bars]
        if not cells[0] and not cells[-1]:  # the sides of a frame
            cells = cells[1:-1]
    else:
        cells = [cell.strip(_BLANK) for cell in line.split("\t")]
        if not cells[0]:  # an indent
            return None
    framed = all(_FRAME.fullmatch(cell) or not cell for cell in cells)
    return None if len(cells) < 2 or framed or is_chrome(cells[0]) else cells


def _collect(lines: Sequence[str], at: int, cells: list[str]) -> _Table:
    """Return the rows from a line on that have as many cells between the same marks; one empty line may part two."""
    table = _Table([[cells]], at + 1)
    tabs = "\t" in lines[at]
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if _is_frame(line):
            table.end += table.end == number
            table.groups.append([])
            continue
        if not line.strip(_BLANK) and number == table.end:
            continue
        found = _cells(line)
        if found is None or len(found) != len(cells) or ("\t" in line) != tabs or number > table.end + 1:
            break
        table.groups[-1].append(found)
        table.end = number + 1
    table.rows = [row for group in table.groups for row in group]
    return table


def _is_frame(line: str) -> bool:
    return bool(_FRAME.fullmatch(line) and _LINE.search(line))


def _is_table(rows: list[list[str]], tabs: bool) -> bool:
    """True for two rows and more; with tabs the first is full, and of two columns neither is the number of a clause."""
    full = sum(all(row) for row in rows)
    if not tabs:
        return sum(sum(map(bool, row)) > 1 for row in rows) > 1
    if len(rows[0]) == 2:
        return len(rows) > 1 and full == len(rows) and 2 * sum(_is_number(row[0]) for row in rows) < len(rows)
    return full > 1 and all(rows[0])


def _is_number(cell: str) -> bool:
    """True for a clause's number that a tab parts from its text, or for a line of contents: 第一章 总则 → 3."""
    mark = mark_at(cell)
    return mark is not None and (mark.end < len(cell) or cell[-1] in _MARK_TAIL or cell.startswith("第"))


def _laid_out(table: _Table, above: list[str]) -> Iterator[str]:
    if above and _is_frame(above[-1]):
        above.pop()
    if above and above[-1].startswith("\x1e"):
        yield "\x1d"
    for row in _whole_rows(table):
        yield "\x1e" + "\x1f".join(" ".join(cell.split("\t")) for cell in row)


def _whole_rows(table: _Table) -> Iterator[list[str]]:
    """Join the lines of a cell that goes on below, where a frame stands under each row and not under the header alone."""
    groups = [group for group in table.groups if group]
    for group in groups:
        rows: list[list[str]] = []
        for row in group:
            if rows and len(groups) > 2 and _goes_on(rows[-1], row):
                rows[-1] = [left + right for left, right in zip(rows[-1], row, strict=True)]
            else:
                rows.append(row)
        yield from rows


def _goes_on(above: list[str], below: list[str]) -> bool:
    """True for the rest of a row that is too long for its cells; two figures, one above the other, are never one."""
    figures = any(up[-1:].isdigit() and down[:1].isdigit() for up, down in zip(above, below, strict=True))
    return not all(below) and not figures
