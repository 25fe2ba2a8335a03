"""What a version in Milvus holds, by document: which rows are whose; and where the next rows go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from index.asked import Rows
from index.rows import halves
from index.types import Document

_VALIDITY = 20  # characters


@dataclass(frozen=True, slots=True)
class Held:
    """A document in the store: its number, its keys, and what its clauses are filtered by."""

    doc_id: str
    number: int
    first: int  # row of its first clause; the others follow
    searchable: str  # a 1 for each clause that is, else a 0
    leaves: int
    sentence: int  # row of its first sentence
    sentences: tuple[int, ...]  # of each searchable clause
    pieces: tuple[int, int]  # key of its first, and how many
    source: str
    sha256: str
    adcode: str
    year: int
    validity: str
    head: str  # what is short of the document, as JSON

    @property
    def rows(self) -> list[int]:
        return [self.first + i for i, one in enumerate(self.searchable) if one == "1"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first key of each kind that is not used yet: what lies at or above it is of no version, or of a later one."""

    document: int = 1
    clause: int = 1
    sentence: int = 1
    piece: int = 1
    term: int = 1

    def after(self, document: int = 0, clause: int = 0, sentence: int = 0, piece: int = 0, term: int = 0) -> Bounds:
        """Return the bounds after so many more of each."""
        more = (document, clause, sentence, piece, term)
        return Bounds(*(at + n for at, n in zip(astuple(self), more, strict=True)))


@dataclass(frozen=True)
class Layout:
    """The documents held, in order, those taken out that Milvus still has, and the bounds."""

    held: tuple[Held, ...] = ()
    gone: tuple[Held, ...] = ()
    bounds: Bounds = field(default_factory=Bounds)

    def to_record(self) -> dict[str, Any]:
        bounds = asdict(self.bounds)
        return {"held": [_row(one) for one in self.held], "gone": [_row(one) for one in self.gone], "bounds": bounds}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Layout:
        held, gone = (tuple(_read(row) for row in record[name]) for name in ("held", "gone"))
        return cls(held, gone, Bounds(**record["bounds"]))

    def without(self, doc_ids: Sequence[str]) -> Layout:
        """Return the layout less some documents; what was gone before is removed by who writes this one."""
        gone = set(doc_ids)
        left = tuple(one for one in self.held if one.doc_id not in gone)
        return replace(self, held=left, gone=tuple(one for one in self.held if one.doc_id in gone))

    def with_more(self, more: Sequence[Held], bounds: Bounds) -> Layout:
        return replace(self, held=(*self.held, *more), bounds=bounds)

    @cached_property
    def by_id(self) -> dict[str, Held]:
        return {one.doc_id: one for one in self.held}

    @cached_property
    def by_document(self) -> dict[str, Rows]:
        """The rows of each document's searchable clauses, of those that have any."""
        return {one.doc_id: np.array(one.rows, np.int64) for one in self.held if "1" in one.searchable}

    @cached_property
    def rows(self) -> Rows:
        """The rows of all searchable clauses, in order."""
        return np.concatenate([*self.by_document.values(), np.empty(0, np.int64)])

    @cached_property
    def _spans(self) -> tuple[Rows, Rows]:
        """The row of each document's first clause, and that after its last."""
        first = np.array([one.first for one in self.held], np.int64)
        return first, first + np.array([len(one.searchable) for one in self.held], np.int64)

    def of_row(self, row: int) -> Held:
        """Return the document that the row of a clause is of."""
        return self.held[int(np.searchsorted(self._spans[0], row, "right")) - 1]

    def held_among(self, rows: Rows) -> Rows:
        """Return those of some rows that are of documents held."""
        first, end = self._spans
        at = np.searchsorted(first, rows, "right") - 1
        return rows[(at >= 0) & (rows < end[at])] if len(first) else rows[:0]

    def sentences_of(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return the rows of the sentences of some searchable clauses, and for each the place of its clause among them."""
        at = np.searchsorted(self.rows, rows)
        first, counts = self._sentences
        spans = [np.arange(first[i], first[i] + counts[i]) for i in at]
        return np.concatenate([*spans, np.empty(0, np.int64)]), np.repeat(np.arange(len(rows)), counts[at])

    @cached_property
    def _sentences(self) -> tuple[Rows, Rows]:
        """The row of the first sentence of each searchable clause, and how many it has."""
        counts = [np.array(one.sentences, np.int64) for one in self.held]
        firsts = [one.sentence + np.cumsum(n) - n for one, n in zip(self.held, counts, strict=True)]
        return np.concatenate([*firsts, np.empty(0, np.int64)]), np.concatenate([*counts, np.empty(0, np.int64)])


def facts_of(doc: Document) -> dict[str, Any]:
    """Return what of a document its clauses are filtered by, where it came from, and what is short of it."""
    filters = {"adcode": doc.adcode or "", "year": doc.year or 0, "validity": doc.validity[:_VALIDITY]}
    return {"doc_id": doc.doc_id, "source": doc.source, "sha256": doc.sha256, "head": halves(doc)[0], **filters}


def _row(one: Held) -> list[Any]:
    return [getattr(one, f.name) for f in fields(one)]


def _read(row: Sequence[Any]) -> Held:
    values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in row]
    return Held(*values)
