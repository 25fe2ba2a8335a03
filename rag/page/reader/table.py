"""A table put together again from the clauses that its rows are: `项目：门诊；标准：240元`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.outline import Node
from index.types import Clause
from rag.export.reference import official_reference

_TABLE = re.compile(r"(?:^|\.)t\d+$")


@dataclass(frozen=True, slots=True)
class Row:
    """A row, which is a clause of its own."""

    clause: Clause
    cells: tuple[str, ...]

    @property
    def reference(self) -> str:
        return official_reference(self.clause)


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns, and the rows."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]


def is_table(node: Node) -> bool:
    """True for the clause that is the header of a table."""
    return bool(node.clause and _TABLE.search(node.clause.path))


def table_of(node: Node) -> Table | None:
    """Return the table that a clause is the header of; None if it is none, or one that cannot be parted safely."""
    clause = node.clause
    if not clause or not is_table(node) or not node.children:
        return None
    below = [child.clause for child in node.children if child.clause]
    names = _names(clause.text, below[0].text if below else "")
    rows = [Row(row, cells) for row in below if (cells := _cells(row.text, names))]
    return Table(names, tuple(rows)) if rows and len(rows) == len(below) else None


def _names(header: str, first: str) -> tuple[str, ...]:
    """Return the columns of a header of one line; one of several is told by how the first row names its cells."""
    parts = [part.partition("：")[0] for part in first.split("；")] if "\n" in header else header.split("；")
    return tuple(dict.fromkeys(part for part in parts if part))


def _cells(text: str, names: Sequence[str]) -> tuple[str, ...] | None:
    """Return a row's cells under the names; None where the row says something that is under none of them.

    A cell that is the same as its column's name is said without it, and an empty one not at all.
    """
    cells = dict.fromkeys(names, "")
    last = ""
    for part in text.split("；"):
        name, colon, cell = part.partition("：")
        if colon and name in cells and not cells[name]:
            cells[name], last = cell, name
        elif part in cells and not cells[part]:
            cells[part], last = part, part
        elif last:  # a cell with a semicolon of its own
            cells[last] += f"；{part}"
        else:
            return None
    return tuple(cells.values())
