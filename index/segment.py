"""A segment: a run of whole documents in a folder that is never changed, opened to be read.

clauses.sqlite  the documents and their clauses
places.npz      which rows can be searched, of which documents they are, and where their sentences are
*.faiss         the vectors of each view
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import Any
from zipfile import BadZipFile

import numpy as np

from index.asked import Rows
from index.errors import Damaged
from index.rows import checksum, read_clause_record
from index.types import Clause, Document, Link, read_body
from index.vector_file import VectorFile
from index.version import REBUILD, Lease

STORE = "clauses.sqlite"
PLACES = "places.npz"
_BODIES = 64  # kept of a segment: a question reads a few


@dataclass(frozen=True, slots=True)
class Places:
    """The rows of the searchable clauses, the number of the document of each, the rows of the sentences, and where
    among these those of each clause begin: one more than there are clauses."""

    rows: Rows
    numbers: Rows
    sentences: Rows
    starts: Rows

    @property
    def fit(self) -> bool:
        """True if they can be of one segment."""
        grow = all((np.diff(part) > 0).all() for part in (self.rows, self.sentences))
        ordered = (np.diff(self.numbers) >= 0).all() and (np.diff(self.starts) >= 0).all()
        ends = len(self.starts) == len(self.rows) + 1 and self.starts[0] == 0 and self.starts[-1] == len(self.sentences)
        return bool(grow and ordered and ends and len(self.numbers) == len(self.rows))


class Segment:
    """An open segment; what it gives out keeps it, and with it the lease on its version, alive."""

    def __init__(self, folder: Path, lease: Lease | None = None) -> None:
        self.folder = folder
        self._lease = lease
        self._lock = Lock()
        self.body = lru_cache(maxsize=_BODIES)(self._body)

    @cached_property
    def places(self) -> Places:
        try:
            with np.load(self.folder / PLACES, allow_pickle=False) as data:
                places = Places(**{name: data[name] for name in Places.__slots__})
        except (OSError, ValueError, KeyError, TypeError, BadZipFile, zlib.error, EOFError) as exc:
            raise self._damaged(PLACES) from exc
        if not places.fit:
            raise self._damaged(PLACES)
        return places

    def vectors(self, view: str, dimension: int) -> VectorFile:
        size = len(self.places.sentences if view == "sentence" else self.places.rows)
        return VectorFile(self.folder / f"{view}.faiss", size, dimension)

    @cached_property
    def documents(self) -> dict[int, Document]:
        """The documents by their number, in order."""
        return {
            number: self._document(number, *row) for number, *row in self.ask("select * from documents order by number")
        }

    def clause(self, row: int, documents: Mapping[int, Document]) -> Clause:
        """Return the clause of a row; raises Damaged if it is not as it was stored."""
        (found,) = self.ask("select row, number, path, record, sum from clauses where row = ?", row) or [None]
        return self._clause(documents, *found) if found else self._missing()

    def clauses_of(self, number: int) -> Iterator[tuple[int, Clause]]:
        """Yield the clauses of a document with their rows, in order."""
        query = "select row, number, path, record, sum from clauses where number = ? order by row"
        for found in self.ask(query, number):
            yield found[0], self._clause(self.documents, *found)

    def row_at(self, number: int, path: str) -> int | None:
        """Return the row of the clause at a path of a document, or None."""
        found = self.ask("select row from clauses where number = ? and path = ?", number, path)
        return int(found[0][0]) if found else None

    def records_of(self, number: int) -> list[str]:
        """Return the records of a document's clauses, as they are stored."""
        return [record for (record,) in self.ask("select record from clauses where number = ? order by row", number)]

    def speaking_of(self, term: str) -> Rows:
        """Return the rows of the clauses that speak of a term, in order."""
        found = self.ask("select rows, sum from spoken where term = ?", term)
        if not found:
            return np.empty(0, np.int64)
        blob, digest = found[0]
        if zlib.crc32(blob, zlib.crc32(term.encode("utf-8", "surrogatepass"))) != digest:
            raise self._damaged()
        return np.frombuffer(blob, np.int64)

    def ask(self, query: str, *values: object) -> list[Any]:
        """Return what a query finds; raises Damaged if the file cannot be read."""
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.DatabaseError as exc:
            raise self._damaged() from exc

    @cached_property
    def _db(self) -> sqlite3.Connection:
        # One for all threads, behind a lock: thirty segments times fifty threads would be too many open files.
        uri = f"{(self.folder / STORE).resolve().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, check_same_thread=False)

    def _document(self, number: int, doc_id: str, head: str, digest: int) -> Document:
        if checksum(doc_id, head) != digest:
            raise self._damaged()
        facts = json.loads(head)
        acts = tuple(Link(**link) for link in facts.pop("acts"))
        return Document.held(facts, acts, partial(self.body, number))

    def _body(self, number: int) -> dict[str, Any]:
        (found,) = self.ask("select body, sum from bodies where number = ?", number) or [("", None)]
        if checksum(number, found[0]) != found[1]:
            raise self._damaged()
        return read_body(json.loads(found[0]))

    def _clause(
        self, documents: Mapping[int, Document], row: int, number: int, path: str, record: str, digest: int
    ) -> Clause:
        if checksum(row, number, path, record) != digest or number not in documents:
            raise self._damaged()
        return read_clause_record(documents[number], record)

    def _missing(self) -> Clause:
        raise self._damaged()

    def _damaged(self, name: str = STORE) -> Damaged:
        return Damaged(f"索引的条款库已损坏 ({self.folder.name}/{name})。{REBUILD}")
