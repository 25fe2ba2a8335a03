"""A new version in Milvus: rows added above the bounds of the one before, seen by nobody until one row names the version.

A writer that is killed leaves rows above the bounds and names nothing; the next writer removes them first. What is
taken out is hidden by the next version and removed by the one after, so that whoever reads the old one can finish.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from index.encoder import Encoder
from index.errors import UserError
from index.milvus.batch import Batch, lay_out
from index.milvus.filters import all_of, one_of
from index.milvus.layout import Bounds, Layout
from index.milvus.lease import Lease, lease
from index.milvus.packed import damaged
from index.milvus.schema import PARTS, create_generation, create_meta, name_of
from index.milvus.server import Server
from index.milvus.store import VIEW_PARTS, MilvusIndex
from index.milvus.versions import FORMAT, Version, current, discard_others, make_current, write_part
from index.milvus.words import frequencies
from index.progress import WRITING, Report, silent
from index.rows import Entry
from index.settings import Settings
from index.store import SPARSE_VIEWS
from index.tokens import dictionary_hash
from index.vector_cache import VectorCache
from index.version import Manifest
from index.views import embed_views

_TOGETHER = 200  # documents embedded and written at a time, so that memory does not grow with the index
_ROWS = 1000  # in one message to the server: 4 MB of vectors
_BOUNDS = {"clauses": "clause", "sentences": "sentence", "documents": "piece", "terms": "term"}


def write_version(
    settings: Settings,
    encoder: Encoder,
    put: Sequence[Entry],
    base: MilvusIndex | None = None,
    drop: Iterable[str] = (),
    report: Report = silent,
) -> Version:
    """Write the documents put, and with a base its own less those dropped, and make that current.

    Raises UserError when the server cannot be reached or another machine writes; the version before stays as it was.
    """
    server = Server(settings)
    create_meta(server)
    with lease(server) as held, closing(VectorCache(settings.index_dir / "vectors.sqlite", encoder)) as cache:
        before = current(server)
        if base is not None and (before is None or before.manifest.version != base.version):
            raise UserError("另一台机器刚刚更新了索引, 没有改动。请重新运行同一条命令。")
        clear(server, before, base)
        writer = _Writer(server, encoder, cache, base)
        writer.drop(list(drop))
        writer.put(put, report, held)
        report(WRITING, 0, 0)
        made = writer.sign()
        held.check()
        make_current(server, made)
        discard_others(server, [made.manifest.version, *([before.manifest.version] if before else [])])
    return made


def clear(server: Server, current: Version | None, base: MilvusIndex | None) -> None:
    """Remove what killed writers left, and what the version in use had taken out."""
    ours = re.compile(rf"{re.escape(server.prefix)}_g[0-9a-f]{{12}}_(?:{'|'.join(PARTS)})")
    kept = {name_of(server, current.generation, part) for part in PARTS} if current else set()
    for name in filter(ours.fullmatch, server.collections()):
        if name not in kept:
            server.drop(name)
    if base is None:
        return
    for part, bound in _BOUNDS.items():
        server.delete(base.name_of(part), f"row >= {getattr(base.layout.bounds, bound)}")
    if gone := [one.number for one in base.layout.gone]:
        for part in ("clauses", "sentences", "documents"):
            server.delete(base.name_of(part), one_of("document", gone))


class _Writer:
    """Writes into the collections of a base, or into new ones."""

    def __init__(self, server: Server, encoder: Encoder, cache: VectorCache, base: MilvusIndex | None) -> None:
        self.server, self.encoder, self.cache, self.base = server, encoder, cache, base
        self.layout = base.layout if base else Layout()
        self.generation = base.made.generation if base else f"g{uuid4().hex[:12]}"
        self.words = {name: Counter(base.sparse[name].counts if base else {}) for name in SPARSE_VIEWS}

    def drop(self, doc_ids: Sequence[str]) -> None:
        """Hide some documents from the version to come; those hidden before were removed."""
        self.layout = self.layout.without(doc_ids)
        for one in self.layout.gone:
            assert self.base is not None
            gone = lay_out([(self.base.document(one.doc_id), self.base.clauses_of(one.doc_id))], Bounds())
            for name, texts in gone.texts().items():
                self.words[name] -= frequencies(texts)

    def put(self, entries: Sequence[Entry], report: Report, held: Lease) -> None:
        """Embed and write documents, some at a time."""
        if self.base is None:
            create_generation(self.server, self.generation, self.encoder.dimension, sum(len(c) for _, c in entries))
        for at in range(0, len(entries), _TOGETHER):
            self._put(lay_out(entries[at : at + _TOGETHER], self.layout.bounds), report)
            held.renew()

    def _put(self, batch: Batch, report: Report) -> None:
        vectors = embed_views(batch.clauses, batch.sentences, partial(self.cache.encode, report=report))
        for part, rows in batch.records(vectors):
            for at in range(0, len(rows), _ROWS):
                self.server.insert(self._name(part), rows[at : at + _ROWS])
        for name, texts in batch.texts().items():
            self.words[name].update(frequencies(texts))
        self.layout = self.layout.with_more(batch.held, batch.bounds)

    def sign(self) -> Version:
        """Have the rows kept, look that all are there, and write what a reader needs to find them."""
        for part, size in self._sizes().items():
            self.server.flush(self._name(part))
            if (found := self.server.count(self._name(part), self._visible(part))) != size:
                raise damaged(f"{part} 写入 {size} 行, 读到 {found} 行")
        version = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"
        parts = {"layout": self.layout.to_record(), **{f"words-{name}": dict(n) for name, n in self.words.items()}}
        written = {name: write_part(self.server, version, name, record) for name, record in parts.items()}
        pieces = {name: count for name, (count, _) in written.items()}
        return Version(
            self._manifest(version, {name: digest for name, (_, digest) in written.items()}), self.generation, pieces
        )

    def _manifest(self, version: str, digests: dict[str, str]) -> Manifest:
        held, sizes = self.layout.held, self._sizes()
        counts = {"documents": len(held), "clauses": sum(len(one.searchable) for one in held)}
        counts["leaves"] = sum(one.leaves for one in held)
        counts |= {f"vectors-{name}": sizes[part] for name, part in VIEW_PARTS.items()}
        counts |= {f"lexical-{name}": sizes[VIEW_PARTS[name]] for name in SPARSE_VIEWS}
        return Manifest(
            format=FORMAT,
            version=version,
            encoder=self.encoder.name,
            dimension=self.encoder.dimension,
            dictionary=dictionary_hash(),
            sources={},
            counts=counts,
            files=digests,
            sizes={},
        )

    def _sizes(self) -> dict[str, int]:
        """Return how many rows of each part the version is to have; terms are only ever added to."""
        sentences = sum(sum(one.sentences) for one in self.layout.held)
        pieces = sum(one.pieces[1] for one in self.layout.held)
        return {"clauses": len(self.layout.rows), "sentences": sentences, "documents": pieces}

    def _visible(self, part: str) -> str:
        return all_of(self.layout, getattr(self.layout.bounds, _BOUNDS[part]))

    def _name(self, part: str) -> str:
        return name_of(self.server, self.generation, part)
