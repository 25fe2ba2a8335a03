"""What an index is to those who ask: documents and clauses by row, ID and label, and the views that are searched.

Whoever stores the clauses (`index.local` on this machine's disk) says how they are read; what follows from that is here.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from index.asked import Rows, Scores, VectorView, WordView
from index.encoder import Encoder, load_encoder
from index.errors import UserError
from index.identity import Register
from index.progress import Report, silent
from index.rows import Entry
from index.settings import Settings
from index.tokens import dictionary_hash
from index.types import Clause, Document
from index.validity import Supersessions, Validity, status
from index.version import REBUILD, Manifest

DENSE_VIEWS = ("clause", "context", "sentence")
SPARSE_VIEWS = ("clause", "sentence")


class ClauseIndex(ABC):
    """An open version of the index; it goes on answering while others write, as no writer removes what is held.

    Rows grow in the order of documents, clauses and sentences; where something was removed there is a gap.
    """

    manifest: Manifest
    encoder: Encoder
    folder: Path  # of what this machine keeps of the version; beside it lies what is kept from version to version

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
        return store_of(settings).open_clauses(settings)

    @classmethod
    @abstractmethod
    def exists(cls, settings: Settings) -> bool:
        """True if there is an index, of whatever make; raises UserError if that cannot be told."""

    @classmethod
    @abstractmethod
    def write(
        cls,
        settings: Settings,
        encoder: Encoder,
        put: Sequence[Entry],
        base: ClauseIndex | None = None,
        drop: Iterable[str] = (),
        report: Report = silent,
    ) -> ClauseIndex:
        """Make a version current that holds the documents put and, with a base, its own less those dropped.

        Raises UserError if it cannot be written or the base is damaged; the version before stays as it was.
        """

    @property
    def version(self) -> str:
        return self.manifest.version

    @abstractmethod
    def is_current(self) -> bool:
        """False once another version was made current: open the index anew to see it."""

    @abstractmethod
    def problems(self) -> list[str]:
        """Return what is wrong with what is stored, read in full; empty if all is well."""

    def warm(self) -> None:
        """Load all that the first question would otherwise wait for."""
        self.encoder.encode_query("预热")
        self.dense, self.sparse, self.documents, self.rows_by_document, self.supersessions  # noqa: B018
        self.idf("预热")

    @property
    @abstractmethod
    def dense(self) -> Mapping[str, VectorView]:
        """The views of DENSE_VIEWS."""

    @property
    @abstractmethod
    def sparse(self) -> Mapping[str, WordView]:
        """The views of SPARSE_VIEWS."""

    @property
    @abstractmethod
    def documents(self) -> tuple[Document, ...]:
        """All documents, in the order they were read; always the same object."""

    @abstractmethod
    def document(self, doc_id: str) -> Document:
        """Return a document that is held."""

    @abstractmethod
    def clause(self, row: int) -> Clause:
        """Return the clause of a row that is held."""

    @abstractmethod
    def clauses_of(self, doc_id: str) -> tuple[Clause, ...]:
        """Return a document's clauses in order, headings included."""

    @abstractmethod
    def clause_at(self, doc_id: str, path: str) -> Clause | None:
        """Return the clause at a path of a document, or None."""

    @abstractmethod
    def searchable_clauses(self) -> Iterator[tuple[int, Clause]]:
        """Yield every searchable clause with its row, in order; none is kept."""

    @abstractmethod
    def records_of(self, doc_id: str) -> list[str]:
        """Return a document's record and those of its clauses, as they are stored."""

    @property
    @abstractmethod
    def searchable_rows(self) -> Rows:
        """The rows of all searchable clauses, in order."""

    @property
    @abstractmethod
    def rows_by_document(self) -> Mapping[str, Rows]:
        """The rows of each document's searchable clauses, of those that have any, in the order of documents."""

    @abstractmethod
    def sentences_of(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return the rows of the sentences of some clauses, and for each the place of its clause among those given."""

    @abstractmethod
    def rows_speaking_of(self, terms: Iterable[str]) -> Rows:
        """Return the rows of the clauses, searchable or not, that speak of one of some terms (`index.spoken`), in order."""

    def documents_of(self, rows: Rows) -> Rows:
        """Return a number for each searchable clause that only those of the same document have."""
        return np.searchsorted(self._first_rows, rows, "right")

    @cached_property
    def _first_rows(self) -> Rows:
        """The first searchable row of each document that has any; rows are in the order of documents."""
        return np.array([rows[0] for rows in self.rows_by_document.values()], np.int64)

    def idf(self, word: str) -> float:
        """Return a word's inverse document frequency over the clauses (BM25's form, never negative)."""
        view = self.sparse["clause"]
        found = view.document_frequency(word)
        return math.log(1 + (len(view) - found + 0.5) / (found + 0.5))

    def has_word(self, word: str) -> bool:
        """True if some clause, with its title and headings, has the word."""
        return self.sparse["clause"].document_frequency(word) > 0

    def sentence_cosines(self, row: int, vector: Scores) -> Scores:
        """Return the cosine of each sentence of a clause with a question's vector, in order."""
        sentences, _ = self.sentences_of(np.array([row], np.int64))
        cosines: Scores = self.dense["sentence"].vectors(sentences) @ vector
        return cosines

    def find(self, name: str) -> Clause | Document | None:
        """Return what an ID, a 文号, a title or a label (`海府办发〔2015〕18号 二、(一)3`) names in any usual form, or None."""
        from index.find import find

        return find(self, name)

    @cached_property
    def register(self) -> Register:
        """The documents to find a newcomer's twin among."""
        return Register(self.documents, self._with_text)

    def _with_text(self, key: str) -> list[Document]:
        return [self.clause(int(row)).doc for row in self.rows_speaking_of([f"text:{key}"])]

    @cached_property
    def supersessions(self) -> Supersessions:
        """What the documents say of one another: which repeals, amends or replaces which."""
        return Supersessions(self.documents)

    def validity(self, doc: Document, as_of: date | None = None) -> Validity:
        """Return whether a document is in force on a day, today if none is given, with the reason."""
        return status(doc, self.supersessions, as_of or date.today())

    def corpus(self) -> list[Entry]:
        return [(doc, self.clauses_of(doc.doc_id)) for doc in self.documents]


def store_of(settings: Settings) -> type[ClauseIndex]:
    """Return the store that the settings name."""
    if settings.store == "milvus":
        from index.milvus.store import MilvusIndex

        return MilvusIndex
    from index.local import LocalIndex

    return LocalIndex


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
