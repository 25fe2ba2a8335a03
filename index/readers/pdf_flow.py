"""The pages of a document -> its text: running lines off, paragraphs and tables joined over the page breaks."""

from __future__ import annotations

import re
from itertools import groupby

from index.readers.pdf_layout import Item, glued, in_reading_order
from index.readers.pdf_paragraphs import Typesetting
from index.readers.pdf_running import drop_running
from index.readers.pdf_types import Line, Page, Table

_ROW, _CELL, _BETWEEN = "\x1e", "\x1f", "\x1d"
_CONTINUED = re.compile(
    r"[（(]?(?:续上?表|接上表|表.{0,20}[（(]续(?:表)?[)）])\s*[\d一二三四五六七八九十]*[)）]?[:：]?"
)
_SENTENCE_END = tuple("。；;！!？?")
_SAME_WIDTH = 10.0  # points


def to_text(pages: list[Page]) -> str:
    """Return the text of the pages: a paragraph a line, a table as rows of cells."""
    drop_running(pages)
    items = _without_continuations(in_reading_order(pages))
    lines = [item for item in items if isinstance(item, Line)]
    tables = [item for item in items if isinstance(item, Table)]
    setting = Typesetting(lines, tables, {page.number: page.width for page in pages})
    parts: list[str] = []
    for is_text, group in groupby(items, key=lambda item: isinstance(item, Line)):
        if is_text:
            parts += setting.paragraphs([item for item in group if isinstance(item, Line)])
        else:
            joined = _joined([item for item in group if isinstance(item, Table)])
            parts.append(f"\n{_BETWEEN}\n".join(_rows(table) for table in joined))
    return "\n".join(part for part in parts if part)


def _without_continuations(items: list[Item]) -> list[Item]:
    """Drop 续表 between the two halves of a table."""
    kept: list[Item] = []
    for i, item in enumerate(items):
        is_between = 0 < i < len(items) - 1 and isinstance(items[i - 1], Table) and isinstance(items[i + 1], Table)
        if not (is_between and isinstance(item, Line) and _CONTINUED.fullmatch(item.text)):
            kept.append(item)
    return kept


def _joined(tables: list[Table]) -> list[Table]:
    """Join the parts of tables that run over page breaks."""
    joined: list[Table] = []
    last: Table | None = None
    for table in tables:
        if last is not None and _continues(last, table):
            _append(joined[-1], table)
        else:
            joined.append(table)
        last = table
    return joined


def _continues(last: Table, table: Table) -> bool:
    elsewhere = (table.page, table.column) != (last.page, last.column)
    same_width = abs((table.x1 - table.x0) - (last.x1 - last.x0)) < _SAME_WIDTH
    return elsewhere and same_width and len(table.rows[0]) == len(last.rows[0])


def _append(table: Table, more: Table) -> None:
    """Append the rows of the next page without the header that it repeats."""
    repeated = 0
    while repeated < min(len(more.rows), len(table.rows)) and more.rows[repeated] == table.rows[repeated]:
        repeated += 1
    rows, joins_up = more.rows[repeated:], more.joins_up[repeated:]
    runs_down = bool(joins_up) and (table.joins_up[-1] or any(joins_up[1:2]))
    if rows and _is_cut(table.rows[-1], rows[0], runs_down):
        table.rows[-1] = [glued([cell, rest]) for cell, rest in zip(table.rows[-1], rows[0], strict=True)]
        rows, joins_up = rows[1:], joins_up[1:]
    if runs_down:
        _repeat_first(table.rows[-1][0], rows)
    table.rows += rows
    table.joins_up += joins_up


def _is_cut(last: list[str], row: list[str], runs_down: bool) -> bool:
    """True if a row is the rest of the last one, which the page break cut: cells that were whole have no rest."""
    if row[0] or not any(row):
        return False
    goes_on = all(cell for cell, rest in zip(last, row, strict=True) if rest)
    is_unfinished = any(rest and not cell.endswith(_SENTENCE_END) for cell, rest in zip(last, row, strict=True))
    lacks = any(cell and not rest for cell, rest in zip(last[1:], row[1:], strict=True))
    return goes_on and is_unfinished and (lacks or not runs_down)


def _repeat_first(text: str, rows: list[list[str]]) -> None:
    """Say again what a cell says that runs down over the page break."""
    for row in rows:
        if row[0]:
            return
        row[0] = text


def _rows(table: Table) -> str:
    return "\n".join(_ROW + _CELL.join(cell.strip() for cell in row) for row in table.rows if any(row))
