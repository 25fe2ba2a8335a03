"""An index in Milvus, opened to be read: a version's layout in memory, everything else asked of the server."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial

from index.asked import Rows
from index.encoder import Encoder
from index.errors import Unreachable, UserError
from index.milvus.filters import ClauseFilters, all_of, one_of
from index.milvus.layout import Layout
from index.milvus.schema import name_of, vector_search
from index.milvus.server import Server
from index.milvus.shelf import Shelf
from index.milvus.spoken import rows_speaking_of
from index.milvus.versions import Version, current, current_name, read_part
from index.milvus.views import Fetched, Filter, MilvusVectors, MilvusWords
from index.progress import Report, silent
from index.rows import Entry
from index.settings import Settings
from index.store import SPARSE_VIEWS, ClauseIndex
from index.types import Clause, Document

_LOOKED = 1.0  # seconds that the answer to "is there a newer version" holds
VIEW_PARTS = {"clause": "clauses", "context": "clauses", "sentence": "sentences"}  # where each view lies


class MilvusIndex(ClauseIndex):
    """A version in Milvus: it goes on answering while the next one is written, until the one after that."""

    def __init__(self, settings: Settings, server: Server, made: Version, encoder: Encoder | None) -> None:
        self.server, self.made = server, made
        self.encoder = encoder  # type: ignore[assignment]
        self.folder = settings.index_dir / made.manifest.version
        self.layout = Layout.from_record(read_part(server, made, "layout"))
        self.manifest = replace(made.manifest, sources={one.source: one.sha256 for one in self.layout.held})
        self.name_of = partial(name_of, server, made.generation)
        self.shelf = Shelf(server, self.name_of("documents"), self.layout)
        self._looked = time.monotonic()

    @classmethod
    def exists(cls, settings: Settings) -> bool:
        return current(Server(settings)) is not None

    @classmethod
    def open_clauses(cls, settings: Settings) -> MilvusIndex:
        server = Server(settings)
        made = current(server)
        if made is None:
            remedy = "请先运行 python -m index build, 或用 python -m index move 把本机的索引搬来。"
            raise UserError(f"Milvus 里还没有索引 ({server.prefix})。{remedy}")
        return cls(settings, server, made, None)

    @classmethod
    def write(
        cls,
        settings: Settings,
        encoder: Encoder,
        put: Sequence[Entry],
        base: ClauseIndex | None = None,
        drop: Iterable[str] = (),
        report: Report = silent,
    ) -> MilvusIndex:
        from index.milvus.write import write_version

        assert base is None or isinstance(base, MilvusIndex)
        made = write_version(settings, encoder, put, base, drop, report)
        return cls(settings, Server(settings), made, encoder)

    def problems(self) -> list[str]:
        from index.milvus.check import problems_of

        return problems_of(self)

    def is_current(self) -> bool:
        """False once another version was made current; asked once a second, and True while the server is away."""
        if time.monotonic() - self._looked < _LOOKED:
            return True
        self._looked = time.monotonic()
        try:
            return current_name(self.server) in ("", self.version)
        except Unreachable:
            return True

    @cached_property
    def dense(self) -> dict[str, MilvusVectors]:
        params, counts = vector_search(len(self.layout.rows)), self.manifest.counts
        fields = {part: [name for name, of in VIEW_PARTS.items() if of == part] for part in self._filters}
        size = self.manifest.dimension
        fetched = {part: Fetched(self.server, self.name_of(part), names, size) for part, names in fields.items()}
        return {
            name: MilvusVectors(fetched[part], name, self._filters[part], counts[f"vectors-{name}"], params)
            for name, part in VIEW_PARTS.items()
        }

    @cached_property
    def sparse(self) -> dict[str, MilvusWords]:
        views = {}
        for name in SPARSE_VIEWS:
            part, size = VIEW_PARTS[name], self.manifest.counts[f"lexical-{name}"]
            counts = read_part(self.server, self.made, f"words-{name}")
            views[name] = MilvusWords(self.server, self.name_of(part), self._filters[part], size, counts)
        return views

    @cached_property
    def _filters(self) -> dict[str, Filter]:
        sentences = all_of(self.layout, self.layout.bounds.sentence)
        return {
            "clauses": ClauseFilters(self.layout).of,
            "sentences": lambda rows: sentences if rows is None else one_of("row", rows),
        }

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """All documents, in the order they were read; the text of each is fetched when it is asked for."""
        return tuple(map(self.shelf.opened, self.layout.held))

    @property
    def searchable_rows(self) -> Rows:
        return self.layout.rows

    @property
    def rows_by_document(self) -> dict[str, Rows]:
        return self.layout.by_document

    def document(self, doc_id: str) -> Document:
        return self._documents[doc_id]

    @cached_property
    def _documents(self) -> dict[str, Document]:
        return {doc.doc_id: doc for doc in self.documents}

    def clause(self, row: int) -> Clause:
        one = self.layout.of_row(int(row))
        return self.shelf.get(one.doc_id).clause(int(row) - one.first)

    def clauses_of(self, doc_id: str) -> tuple[Clause, ...]:
        """Return a document's clauses in order, headings included; none of one that is not held."""
        return self.shelf.get(doc_id).clauses if doc_id in self.layout.by_id else ()

    def clause_at(self, doc_id: str, path: str) -> Clause | None:
        """Return the clause at a path of a document, or None."""
        return next((clause for clause in self.clauses_of(doc_id) if clause.path == path), None)

    def records_of(self, doc_id: str) -> list[str]:
        """Return a document's record and those of its clauses, as they are stored."""
        return list(self.shelf.get(doc_id).records) if doc_id in self.layout.by_id else []

    def searchable_clauses(self) -> Iterator[tuple[int, Clause]]:
        """Yield every searchable clause with its row, in order; none is kept."""
        for one, kept in self.shelf.each():
            yield from ((row, kept.clause(row - one.first)) for row in one.rows)

    def sentences_of(self, rows: Rows) -> tuple[Rows, Rows]:
        return self.layout.sentences_of(rows)

    def rows_speaking_of(self, terms: Iterable[str]) -> Rows:
        return rows_speaking_of(self.server, self.name_of("terms"), self.layout, terms)
