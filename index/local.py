"""The index on this machine's disk: a version's folder, opened to be read."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from os import close
from pathlib import Path

import numpy as np

from index.asked import Rows
from index.dense import DenseView
from index.encoder import Encoder
from index.errors import UserError
from index.progress import Report, silent
from index.rows import Entry, read_clause_record, read_document_record
from index.settings import Settings
from index.sparse import SparseView
from index.store import DENSE_VIEWS, SPARSE_VIEWS, ClauseIndex
from index.types import Clause, Document
from index.version import CURRENT, Manifest, check_sizes, current_folder, current_name, hold, read_manifest


class LocalIndex(ClauseIndex):
    """A version in a folder, with a lease on it that ends with the index."""

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder) -> None:
        self.folder = folder
        self.manifest = manifest
        self.encoder = encoder
        lease = hold(folder)
        if lease is not None:
            weakref.finalize(self, close, lease)
        self._local = threading.local()
        self._kept_document = lru_cache(maxsize=1024)(self._document)
        self._kept_clause = lru_cache(maxsize=16384)(self._clause)

    @classmethod
    def exists(cls, settings: Settings) -> bool:
        return (settings.index_dir / CURRENT).exists()

    @classmethod
    def open_clauses(cls, settings: Settings) -> LocalIndex:
        while True:
            folder = current_folder(settings.index_dir)
            try:
                manifest = read_manifest(folder)
                check_sizes(folder, manifest)
                index = cls(folder, manifest, None)  # type: ignore[arg-type]
            except UserError:
                if current_name(settings.index_dir) == folder.name:
                    raise
                continue
            if folder.is_dir():  # else a writer was quicker than our lease: there is a newer one
                return index

    @classmethod
    def write(
        cls,
        settings: Settings,
        encoder: Encoder,
        put: Sequence[Entry],
        base: ClauseIndex | None = None,
        drop: Iterable[str] = (),
        report: Report = silent,
    ) -> LocalIndex:
        from index.write import write_version

        assert base is None or isinstance(base, LocalIndex)
        return write_version(settings, encoder, put, base, drop, report)

    def problems(self) -> list[str]:
        from index.damage import problems_of

        return problems_of(self)

    def is_current(self) -> bool:
        """False once another version was made current: open the index anew to see it."""
        return current_name(self.folder.parent) in ("", self.folder.name)

    def document(self, doc_id: str) -> Document:
        return self._kept_document(doc_id)

    def clause(self, row: int) -> Clause:
        return self._kept_clause(row)

    @cached_property
    def dense(self) -> dict[str, DenseView]:
        return {name: DenseView.load(self.folder / f"{name}.faiss") for name in DENSE_VIEWS}

    @cached_property
    def sparse(self) -> dict[str, SparseView]:
        return {name: SparseView.load(self.folder / f"lexical-{name}") for name in SPARSE_VIEWS}

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """All documents, in the order they were read."""
        rows = self._db.execute("select doc_id from documents order by rowid").fetchall()
        return tuple(self.document(doc_id) for (doc_id,) in rows)

    @cached_property
    def searchable_rows(self) -> Rows:
        rows = self._db.execute("select row from clauses where searchable order by row").fetchall()
        return np.array([row for (row,) in rows], np.int64)

    @cached_property
    def rows_by_document(self) -> dict[str, Rows]:
        """Return the rows of each document's searchable clauses."""
        rows: dict[str, list[int]] = {}
        for doc_id, row in self._db.execute("select doc_id, row from clauses where searchable order by row"):
            rows.setdefault(doc_id, []).append(row)
        return {doc_id: np.array(found, np.int64) for doc_id, found in rows.items()}

    @cached_property
    def sentence_table(self) -> Rows:
        """Return (n, 4): sentence row, clause row, start, end."""
        rows = self._db.execute("select row, clause, start, end from sentences order by row").fetchall()
        return np.array(rows, np.int64).reshape(-1, 4)

    def sentences_of(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return the rows of the sentences of some clauses, and for each the place of its clause among those given."""
        first, end = np.searchsorted(self._clause_of_each, rows), np.searchsorted(self._clause_of_each, rows, "right")
        at = np.concatenate([np.arange(a, b) for a, b in zip(first, end, strict=True)] or [np.empty(0, np.int64)])
        return self._sentence_rows[at], np.repeat(np.arange(len(rows)), end - first)

    @cached_property
    def _sentence_rows(self) -> Rows:
        return np.ascontiguousarray(self.sentence_table[:, 0])

    @cached_property
    def _clause_of_each(self) -> Rows:
        """The clause row of each row of the sentence table, which is in their order."""
        return np.ascontiguousarray(self.sentence_table[:, 1])

    def rows_speaking_of(self, terms: Iterable[str]) -> Rows:
        """Return the rows of the clauses, searchable or not, that speak of one of some terms (`index.spoken`), in order."""
        query = "select rows from spoken where term = ?"
        found = [self._db.execute(query, (term,)).fetchone() for term in terms]
        rows = [np.frombuffer(blob[0], np.int64) for blob in found if blob]
        return np.unique(np.concatenate(rows)) if rows else np.empty(0, np.int64)

    def clauses_of(self, doc_id: str) -> tuple[Clause, ...]:
        """Return a document's clauses in order, headings included."""
        rows = self._db.execute("select row from clauses where doc_id = ? order by row", (doc_id,)).fetchall()
        return tuple(self.clause(row) for (row,) in rows)

    def searchable_clauses(self) -> Iterator[tuple[int, Clause]]:
        """Yield every searchable clause with its row, in order; none is kept."""
        query = "select row, doc_id, record from clauses where searchable order by row"
        for row, doc_id, record in self._db.execute(query):
            yield row, read_clause_record(self.document(doc_id), record)

    def clause_at(self, doc_id: str, path: str) -> Clause | None:
        """Return the clause at a path of a document, or None."""
        found = self._db.execute("select row from clauses where doc_id = ? and path = ?", (doc_id, path)).fetchone()
        return self.clause(found[0]) if found else None

    def records_of(self, doc_id: str) -> list[str]:
        """Return a document's record and those of its clauses, as they are stored."""
        documents = self._db.execute("select record from documents where doc_id = ?", (doc_id,)).fetchall()
        clauses = self._db.execute("select record from clauses where doc_id = ? order by row", (doc_id,)).fetchall()
        return [record for (record,) in (*documents, *clauses)]

    def texts(self) -> Iterator[tuple[str, str, str]]:
        """Return the ID, the text and the hash kept of every clause of a document that is held."""
        query = "select row, clauses.sha256 from clauses join documents using (doc_id) order by row"
        for row, digest in self._db.execute(query).fetchall():
            clause = self.clause(row)
            yield clause.clause_id, clause.text, digest

    @property
    def _db(self) -> sqlite3.Connection:
        # One connection a thread: SQLite's own must not be shared while one is reading.
        if not hasattr(self._local, "db"):
            uri = f"{(self.folder / 'clauses.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
            self._local.db = sqlite3.connect(uri, uri=True)
        db: sqlite3.Connection = self._local.db
        return db

    def _document(self, doc_id: str) -> Document:
        (record,) = self._db.execute("select record from documents where doc_id = ?", (doc_id,)).fetchone()
        return read_document_record(record)

    def _clause(self, row: int) -> Clause:
        doc_id, record = self._db.execute("select doc_id, record from clauses where row = ?", (int(row),)).fetchone()
        return read_clause_record(self.document(doc_id), record)
