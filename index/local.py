"""The index on this machine's disk: a version's folder of segments, opened to be read.

In memory are what is short of each document and which row is whose; texts and vectors are read when they are asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np

from index.asked import Rows
from index.dense import DenseView
from index.encoder import Encoder
from index.errors import UserError
from index.progress import Report, silent
from index.quantised import TABLES, VIEW, Quantised
from index.rows import Entry, document_record
from index.segment import Places, Segment
from index.settings import Settings
from index.sparse import SparseView
from index.store import DENSE_VIEWS, ClauseIndex, damaged
from index.types import Clause, Document
from index.version import CURRENT, Lease, Manifest, check_sizes, current_folder, current_name, read_manifest


class LocalIndex(ClauseIndex):
    """A version in a folder, with a lease on it that ends with the index and all documents that it gave out."""

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder) -> None:
        self.folder = folder
        self.manifest = manifest
        self.encoder = encoder
        lease = Lease(folder)
        self.segments = tuple(Segment(folder / str(one["name"]), lease) for one in manifest.segments)
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

    def warm(self) -> None:
        super().warm()
        self.dense[VIEW].warm()

    def is_current(self) -> bool:
        return current_name(self.folder.parent) in ("", self.folder.name)

    @cached_property
    def dense(self) -> dict[str, DenseView]:
        ids = dict.fromkeys(DENSE_VIEWS, self.searchable_rows) | {"sentence": self.places.sentences}
        size = self.manifest.dimension
        files = {name: [segment.vectors(name, size) for segment in self.segments] for name in DENSE_VIEWS}
        views = {name: DenseView(files[name], ids[name]) for name in DENSE_VIEWS}
        if (self.folder / TABLES).exists():
            views[VIEW] = DenseView(files[VIEW], ids[VIEW], partial(Quantised, self.folder, files[VIEW]))
        return views

    @cached_property
    def sparse(self) -> dict[str, SparseView]:
        places = self.places
        return {
            "clause": SparseView.load(self.folder / "lexical-clause", places.rows, places.numbers),
            "sentence": SparseView.load(self.folder / "lexical-sentence"),
        }

    @cached_property
    def places(self) -> Places:
        """The places of all segments; raises Damaged if they do not follow one another."""
        parts = [segment.places for segment in self.segments]
        before = np.cumsum([0, *(len(part.sentences) for part in parts)])
        starts = [part.starts[:-1] + start for part, start in zip(parts, before, strict=False)]
        places = Places(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.numbers for part in parts]),
            np.concatenate([part.sentences for part in parts]),
            np.concatenate([*starts, before[-1:]]),
        )
        if not places.fit:
            raise damaged()
        return places

    @property
    def searchable_rows(self) -> Rows:
        return self.places.rows

    @cached_property
    def rows_by_document(self) -> dict[str, Rows]:
        numbers, starts = np.unique(self.places.numbers, return_index=True)
        rows = np.split(self.searchable_rows, starts[1:])
        return {self._by_number[number].doc_id: own for number, own in zip(numbers.tolist(), rows, strict=True)}

    def sentences_of(self, rows: Rows) -> tuple[Rows, Rows]:
        at = np.searchsorted(self.searchable_rows, rows)
        first, counts = self.places.starts[at], self.places.starts[at + 1] - self.places.starts[at]
        owners = np.repeat(np.arange(len(rows)), counts)
        within = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.places.sentences[first[owners] + within], owners

    def rows_speaking_of(self, terms: Iterable[str]) -> Rows:
        found = [np.concatenate([segment.speaking_of(term) for segment in self.segments]) for term in terms]
        if len(found) == 1:  # rows grow from segment to segment
            return found[0]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        return tuple(self._by_number.values())

    def document(self, doc_id: str) -> Document:
        return self._by_number[self._numbers[doc_id]]

    def clause(self, row: int) -> Clause:
        return self._kept_clause(int(row))

    def clauses_of(self, doc_id: str) -> tuple[Clause, ...]:
        number = self._numbers.get(doc_id)
        return tuple(clause for _, clause in self._home(number).clauses_of(number)) if number is not None else ()

    def clause_at(self, doc_id: str, path: str) -> Clause | None:
        number = self._numbers.get(doc_id)
        row = self._home(number).row_at(number, path) if number is not None else None
        return self.clause(row) if row is not None else None

    def searchable_clauses(self) -> Iterator[tuple[int, Clause]]:
        for segment in self.segments:
            wanted = set(segment.places.rows.tolist())
            for number in segment.documents:
                yield from (found for found in segment.clauses_of(number) if found[0] in wanted)

    def records_of(self, doc_id: str) -> list[str]:
        number = self._numbers.get(doc_id)
        if number is None:
            return []
        return [document_record(self._by_number[number]), *self._home(number).records_of(number)]

    @cached_property
    def _by_number(self) -> dict[int, Document]:
        return {number: doc for segment in self.segments for number, doc in segment.documents.items()}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {doc.doc_id: number for number, doc in self._by_number.items()}

    def _home(self, number: int) -> Segment:
        """Return the segment that holds the document of a number."""
        return self.segments[bisect_right(self.manifest.segments, number, key=lambda one: int(one["number"])) - 1]

    def _clause(self, row: int) -> Clause:
        at = bisect_right(self.manifest.segments, row, key=lambda one: int(one["row"])) - 1
        segment = self.segments[at]
        return segment.clause(row, segment.documents)
