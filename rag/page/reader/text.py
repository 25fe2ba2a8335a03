"""The full text of a document as the reader shows it: clauses in order, rows of a table together."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from index.find import outline_of
from index.outline import Node
from index.types import Clause, Document
from rag.export.reference import official_reference
from rag.page.reader.cut import Span, cut
from rag.page.reader.held import held_by
from rag.page.reader.table import Table, table_of

if TYPE_CHECKING:
    from index.store import ClauseIndex

_QUOTED = ""  # the key of the quote among those of links, which are IDs


@dataclass(frozen=True, slots=True)
class Segment:
    """Some words of a clause; `leads_to` is the ID of what they refer to."""

    text: str
    quoted: bool
    leads_to: str


@dataclass(frozen=True)
class Piece:
    """A clause, or what of it comes after the clauses below it (`goes_on`)."""

    clause: Clause
    level: int
    segments: tuple[Segment, ...]
    goes_on: bool = False

    @property
    def is_heading(self) -> bool:
        return not self.clause.leaf and "\n" not in self.clause.text and len(self.clause.text) <= 60

    @property
    def reference(self) -> str:
        return official_reference(self.clause)


@dataclass(frozen=True)
class Grid:
    """A table that is cited by its rows."""

    clause: Clause
    level: int
    table: Table


@dataclass(frozen=True)
class FullText:
    """A document's text, with the words quoted from a clause marked in it."""

    index: ClauseIndex
    doc: Document
    clause: Clause | None = None
    quote: str = ""

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        return self.index.clauses_of(self.doc.doc_id)

    @cached_property
    def blocks(self) -> list[Piece | Grid]:
        """The pieces and tables in the order of the document."""
        spans = sorted((start, end, i) for i, c in enumerate(self.clauses) for start, end in c.spans)
        begun: set[int] = set()
        found: list[Piece | Grid] = []
        for start, end, i in spans:
            clause = self.clauses[i]
            if clause.clause_id in self._in_tables:
                continue
            if table := self._tables.get(clause.clause_id):
                found.append(Grid(clause, self._level(clause), table))
            else:
                found.append(Piece(clause, self._level(clause), self._segments(start, end), i in begun))
            begun.add(i)
        return found

    @cached_property
    def _tables(self) -> dict[str, Table]:
        """The tables that can be laid out, by the ID of their header's clause."""
        nodes = outline_of(self.index, self.doc).by_path.values()
        tables = ((node.clause, table_of(node)) for node in nodes if node.clause)
        return {clause.clause_id: table for clause, table in tables if table}

    @cached_property
    def _in_tables(self) -> frozenset[str]:
        return frozenset(row.clause.clause_id for table in self._tables.values() for row in table.rows)

    def _level(self, clause: Clause) -> int:
        return depth(outline_of(self.index, self.doc).by_path[clause.path])

    def _segments(self, start: int, end: int) -> tuple[Segment, ...]:
        first = bisect_left(self._starts, start - self._longest)
        pieces = cut(self.doc.text, self._marked[first : bisect_left(self._starts, end)], start, end)
        return tuple(Segment(text, _QUOTED in keys, next((k for k in keys if k), "")) for text, keys in pieces)

    @cached_property
    def _marked(self) -> list[Span[str]]:
        """Where the quote and the references stand in the document's text."""
        return sorted((*self._quoted(), *self._links()))

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _, _ in self._marked]

    @cached_property
    def _longest(self) -> int:
        return max((end - start for start, end, _ in self._marked), default=0)

    def _quoted(self) -> Iterator[Span[str]]:
        at = self.clause.text.find(self.quote) if self.clause and self.quote else -1
        if self.clause is None or at < 0:
            return
        before = 0  # characters of the clause's text that its earlier spans hold, with the line breaks between
        for start, end in self.clause.spans:
            low, high = at - before, at + len(self.quote) - before
            yield max(start, start + low), min(end, start + high), _QUOTED
            before += end - start + 1

    def _links(self) -> Iterator[Span[str]]:
        held, paths = held_by(self.index), {clause.path for clause in self.clauses}
        for link in self.doc.links:
            if link.kind == "clause" and link.target in paths:
                yield link.start, link.end, f"{self.doc.doc_id}.{link.target}"
            elif link.kind != "clause" and (other := held.meant(link.target, self.doc)):
                yield link.start, link.end, other.doc_id


def depth(node: Node) -> int:
    """Return how many clauses a clause lies in."""
    level = 0
    while node.parent and node.parent.clause:
        node, level = node.parent, level + 1
    return level
