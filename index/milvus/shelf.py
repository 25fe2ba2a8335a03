"""The documents of a version, each packed with its clauses and fetched whole: a clause is part of its document's text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

from index.milvus.filters import one_of
from index.milvus.layout import Held, Layout
from index.milvus.packed import damaged, unpack
from index.milvus.server import Server
from index.rows import read_clause_record, read_document_record
from index.types import BODY, Clause, Document, Link

_KEPT = 512  # documents kept that were read
_TOGETHER = 100  # pieces fetched at once: 6 MB at most


class Kept:
    """A document that was fetched; its clauses are read when they are asked for."""

    def __init__(self, records: Sequence[str]) -> None:
        self.records = records
        self.document = read_document_record(records[0])
        self.clause = lru_cache(maxsize=None)(self._clause)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(map(self.clause, range(len(self.records) - 1)))

    def _clause(self, at: int) -> Clause:
        return read_clause_record(self.document, self.records[at + 1])


class Shelf:
    """Fetches documents from a collection."""

    def __init__(self, server: Server, name: str, layout: Layout) -> None:
        self._server, self._name, self._layout = server, name, layout
        self.get = lru_cache(maxsize=_KEPT)(self._get)

    def _get(self, doc_id: str) -> Kept:
        (kept,) = self._fetched([self._layout.by_id[doc_id]])
        return kept

    def opened(self, one: Held) -> Document:
        """Return a document of which the long part is fetched whenever it is asked for."""
        facts = json.loads(one.head)
        acts = tuple(Link(**link) for link in facts.pop("acts"))
        return Document.held(facts, acts, partial(self._body, one.doc_id))

    def _body(self, doc_id: str) -> dict[str, Any]:
        doc = self.get(doc_id).document
        return {name: getattr(doc, name) for name in BODY}

    def each(self) -> Iterator[tuple[Held, Kept]]:
        """Yield every document, in order, fetched many at a time; none is kept."""
        for batch in _batches(self._layout.held):
            yield from zip(batch, self._fetched(batch), strict=True)

    def _fetched(self, wanted: Sequence[Held]) -> Iterator[Kept]:
        keys = [key for one in wanted for key in _keys(one)]
        found: dict[int, str] = {}
        for at in range(0, len(keys), _TOGETHER):
            rows = self._server.query(self._name, one_of("row", keys[at : at + _TOGETHER]), ["row", "data"])
            found.update((row["row"], row["data"]) for row in rows)
        for one in wanted:
            if not all(key in found for key in _keys(one)):
                raise damaged(f"缺少文件 {one.doc_id}")
            kept = Kept(unpack([found[key] for key in _keys(one)]))
            if kept.document.doc_id != one.doc_id:
                raise damaged(f"{one.doc_id} 处是另一份文件")
            yield kept


def _keys(one: Held) -> range:
    first, count = one.pieces
    return range(first, first + count)


def _batches(held: Iterable[Held]) -> Iterator[list[Held]]:
    """Yield documents together as long as their pieces are few enough for one answer."""
    batch: list[Held] = []
    for one in held:
        if batch and sum(other.pieces[1] for other in batch) + one.pieces[1] > _TOGETHER:
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch
