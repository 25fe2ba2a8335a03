"""An open index: documents and clauses by row, id and label, and the views that are searched."""

from __future__ import annotations

import math
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property, lru_cache
from os import close
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.dense import DenseView
from index.encoder import Encoder, load_encoder
from index.errors import UserError
from index.identity import Register
from index.rows import Entry, read_clause_record, read_document_record
from index.settings import Settings
from index.sparse import SparseView
from index.tokens import dictionary_hash
from index.types import Clause, Document
from index.validity import Supersessions, Validity, status
from index.version import REBUILD, Manifest, check_sizes, current_folder, current_name, hold, read_manifest

DENSE_VIEWS = ("clause", "context", "sentence")
SPARSE_VIEWS = ("clause", "sentence")


class ClauseIndex:
    """An open version of the index; it goes on answering while others write, as no writer removes what is held.

    Rows grow in the order of documents, clauses and sentences; where something was removed there is a gap.
    """

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder) -> None:
        self.folder = folder
        self.manifest = manifest
        self.encoder = encoder
        lease = hold(folder)
        if lease is not None:
            weakref.finalize(self, close, lease)
        self._local = threading.local()
        self.document = lru_cache(maxsize=1024)(self._document)
        self.clause = lru_cache(maxsize=16384)(self._clause)

    @classmethod
    def open(cls, settings: Settings, encoder: Encoder | None = None) -> ClauseIndex:
        """Open the current version; raises UserError if it is missing, damaged or of another make."""
        index = cls.open_clauses(settings)
        index.encoder = encoder or encoder_of(settings)
        if (difference := make_difference(index.manifest, index.encoder)) is not None:
            raise UserError(difference)
        return index

    @classmethod
    def open_clauses(cls, settings: Settings) -> ClauseIndex:
        """Open the current version to read clauses: no encoder is loaded, so no vector can be searched."""
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

    def is_current(self) -> bool:
        """False once another version was made current: open the index anew to see it."""
        return current_name(self.folder.parent) in ("", self.folder.name)

    def warm(self) -> None:
        """Load all that the first question would otherwise wait for."""
        self.encoder.encode_query("预热")
        self.sentence_table, self.dense, self.sparse, self.documents, self.rows_by_document  # noqa: B018
        self.idf("预热")

    @property
    def version(self) -> str:
        return self.manifest.version

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
    def searchable_rows(self) -> npt.NDArray[np.int64]:
        rows = self._db.execute("select row from clauses where searchable order by row").fetchall()
        return np.array([row for (row,) in rows], np.int64)

    @cached_property
    def rows_by_document(self) -> dict[str, list[int]]:
        """Return the rows of each document's searchable clauses."""
        rows: dict[str, list[int]] = {}
        for doc_id, row in self._db.execute("select doc_id, row from clauses where searchable order by row"):
            rows.setdefault(doc_id, []).append(row)
        return rows

    @cached_property
    def register(self) -> Register:
        """The documents to find a newcomer's twin among."""
        return Register(self.documents)

    @cached_property
    def sentence_table(self) -> npt.NDArray[np.int64]:
        """Return (n, 4): sentence row, clause row, start, end."""
        rows = self._db.execute("select row, clause, start, end from sentences order by row").fetchall()
        return np.array(rows, np.int64).reshape(-1, 4)

    def sentences_of(self, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the rows of the sentences of some clauses, and for each the place of its clause among those given."""
        first, end = np.searchsorted(self._clause_of_each, rows), np.searchsorted(self._clause_of_each, rows, "right")
        at = np.concatenate([np.arange(a, b) for a, b in zip(first, end, strict=True)] or [np.empty(0, np.int64)])
        return self._sentence_rows[at], np.repeat(np.arange(len(rows)), end - first)

    def documents_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return a number for each searchable clause that only those of the same document have."""
        return np.searchsorted(self._first_rows, rows, "right")

    @cached_property
    def _first_rows(self) -> npt.NDArray[np.int64]:
        """The first searchable row of each document that has any; rows are in the order of documents."""
        return np.array([rows[0] for rows in self.rows_by_document.values()], np.int64)

    @cached_property
    def _sentence_rows(self) -> npt.NDArray[np.int64]:
        return np.ascontiguousarray(self.sentence_table[:, 0])

    @cached_property
    def _clause_of_each(self) -> npt.NDArray[np.int64]:
        """The clause row of each row of the sentence table, which is in their order."""
        return np.ascontiguousarray(self.sentence_table[:, 1])

    def idf(self, word: str) -> float:
        """Return a word's inverse document frequency over the clauses (BM25's form, never negative)."""
        view = self.sparse["clause"]
        found = view.document_frequency(word)
        return math.log(1 + (len(view) - found + 0.5) / (found + 0.5))

    def has_word(self, word: str) -> bool:
        """True if some clause, with its title and headings, has the word."""
        return self.sparse["clause"].document_frequency(word) > 0

    def sentence_cosines(self, row: int, vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the cosine of each sentence of a clause with a question's vector, in order."""
        first, end = np.searchsorted(self._clause_of_each, [row, row + 1])
        cosines: npt.NDArray[np.float32] = self.dense["sentence"].vectors(self._sentence_rows[first:end]) @ vector
        return cosines

    def rows_speaking_of(self, terms: Iterable[str]) -> npt.NDArray[np.int64]:
        """Return the rows of the clauses, searchable or not, that speak of one of some terms (`index.spoken`), in order."""
        query = "select rows from spoken where term = ?"
        found = [self._db.execute(query, (term,)).fetchone() for term in terms]
        rows = [np.frombuffer(blob[0], np.int64) for blob in found if blob]
        return np.unique(np.concatenate(rows)) if rows else np.empty(0, np.int64)

    def clauses_of(self, doc_id: str) -> tuple[Clause, ...]:
        """Return a document's clauses in order, headings included."""
        rows = self._db.execute("select row from clauses where doc_id = ? order by row", (doc_id,)).fetchall()
        return tuple(self.clause(row) for (row,) in rows)

    def find(self, name: str) -> Clause | Document | None:
        """Return what an ID, a 文号, a title or a label (`海府办发〔2015〕18号 二、(一)3`) names in any usual form, or None."""
        from index.find import find

        return find(self, name)

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

    @cached_property
    def supersessions(self) -> Supersessions:
        """What the documents say of one another: which repeals, amends or replaces which."""
        return Supersessions(self.documents)

    def validity(self, doc: Document, as_of: date | None = None) -> Validity:
        """Return whether a document is in force on a day, today if none is given, with the reason."""
        return status(doc, self.supersessions, as_of or date.today())

    def corpus(self) -> list[Entry]:
        return [(doc, self.clauses_of(doc.doc_id)) for doc in self.documents]

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


def encoder_of(settings: Settings) -> Encoder:
    """Return the encoder that the settings name; raises UserError if it cannot be loaded."""
    return load_encoder(settings.encoder, settings.models_dir, settings.query_prompt, settings.passage_prompt)


def make_difference(manifest: Manifest, encoder: Encoder) -> str | None:
    """Return in what an index differs from what the settings and the program would make, with the remedy, or None."""
    if manifest.encoder != encoder.name or manifest.dimension != encoder.dimension:
        return (
            f"索引由编码器 {manifest.encoder} ({manifest.dimension} 维) 建立, 当前设置为 {encoder.name} "
            f"({encoder.dimension} 维)。请运行 python -m index build 重建, 或改回 CLAUSE_ENCODER。"
        )
    if manifest.dictionary != dictionary_hash():
        return f"分词词典已改变, 与索引不一致。{REBUILD}"
    return None


def damaged() -> UserError:
    """Return the error for a store whose sizes are right and whose content is not."""
    return UserError(f"索引的条款库已损坏 (clauses.sqlite)。{REBUILD}")
