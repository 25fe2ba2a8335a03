"""Lexical views of clauses in tantivy: BM25 over jieba words and character bigrams."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.dense import Vectors
from index.errors import UserError
from index.tokens import tokenize

_TOKENIZER = "pretokenised"
_WRITER_MEMORY = 64 * 1024 * 1024
_FEW = 200  # ids asked for one by one: 150 of 111,000 take 0.6 ms, as a set 2.3; 5,000 take 32 ms, as a set 10
_REWRITTEN = {".json", ".lock"}  # all else in a folder of tantivy is written once and never changed


class SparseView:
    """One BM25 index (Robertson & Zaragoza 2009; k1 1.2, b 0.75) over tokenised texts."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    @classmethod
    def build(cls, folder: Path, texts: Iterable[str], ids: Sequence[int]) -> SparseView:
        """Index the texts under their ids in a new folder."""
        return cls._write(_create(folder), zip(ids, map(_join_tokens, texts), strict=True))

    @classmethod
    def load(cls, folder: Path) -> SparseView:
        """Open an index; raises UserError if the folder does not hold one."""
        import tantivy

        try:
            index = tantivy.Index.open(str(folder))
        except ValueError as exc:
            raise UserError(f"词语索引损坏: {folder.name}。请运行 python -m index build 重建。") from exc
        _register(index)
        return cls(index)

    @classmethod
    def change(
        cls, base: Path, folder: Path, gone: npt.NDArray[np.int64], texts: Sequence[str], ids: Sequence[int]
    ) -> SparseView:
        """Write to a new folder what `base` holds, less the ids gone, with the texts."""
        new = zip(ids, map(_join_tokens, texts), strict=True)
        if not len(gone):
            _link_folder(base, folder)
            return cls._write(cls.load(folder)._index, new)
        # tantivy goes on counting what was deleted in its frequencies, so the rest is written anew.
        kept = cls.load(base)._without(set(gone.tolist()))
        return cls._write(_create(folder), [*kept, *new])

    @property
    def ids(self) -> npt.NDArray[np.int64]:
        """All ids, in order."""
        found = np.array(self._searcher.fast_field_values("id", self._addresses()), np.int64)
        found.sort()
        return found

    def document_frequency(self, token: str) -> int:
        """Return how many texts hold a token."""
        return int(self._searcher.doc_freq("tokens", token))

    def search(
        self, tokens: Iterable[tuple[str, float]], k: int, ids: npt.NDArray[np.int64] | None = None
    ) -> tuple[npt.NDArray[np.int64], Vectors]:
        """Return the ids and BM25 scores of the k best for weighted tokens, among `ids` if given."""
        import tantivy

        query_of = tantivy.Query
        terms = [
            (tantivy.Occur.Should, query_of.boost_query(query_of.term_query(self._schema, "tokens", token), weight))
            for token, weight in tokens
        ]
        if not terms:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        query = query_of.boolean_query(terms)
        if ids is not None:
            allowed = query_of.const_score_query(self._one_of(ids), 0.0)
            query = query_of.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, allowed)])
        hits = self._searcher.search(query, k, count=False).hits
        rows = self._searcher.fast_field_values("id", [address for _, address in hits])
        return np.array(rows, np.int64), np.array([score for score, _ in hits], np.float32)

    def _one_of(self, ids: npt.NDArray[np.int64]) -> Any:
        """Return the query for the texts under some ids."""
        import tantivy

        query_of = tantivy.Query
        if len(ids) > _FEW:
            return query_of.term_set_query(self._schema, "id", ids.tolist())
        terms = [query_of.term_query(self._schema, "id", row) for row in ids.tolist()]
        return query_of.boolean_query([(tantivy.Occur.Should, term) for term in terms])

    @classmethod
    def _write(cls, index: Any, rows: Iterable[tuple[int, str]]) -> SparseView:
        """Add (id, tokens) to an index as one more segment."""
        import tantivy

        with _disk_errors():
            writer = index.writer(heap_size=_WRITER_MEMORY, num_threads=1)
            for row, tokens in rows:
                writer.add_document(tantivy.Document(id=row, tokens=tokens))
            writer.commit()
            writer.wait_merging_threads()
            index.reload()
        return cls(index)

    def _without(self, gone: set[int]) -> list[tuple[int, str]]:
        """Return what is stored as (id, tokens) by id, less the ids gone."""
        addresses = self._addresses()
        rows = zip(self._searcher.fast_field_values("id", addresses), addresses, strict=True)
        kept = sorted((row for row in rows if row[0] not in gone), key=lambda row: row[0])
        return [(row, self._searcher.doc(address)["tokens"][0]) for row, address in kept]

    def _addresses(self) -> list[Any]:
        import tantivy

        hits = self._searcher.search(tantivy.Query.all_query(), max(1, len(self)), count=False).hits
        return [address for _, address in hits]


def _join_tokens(text: str) -> str:
    return " ".join(tokenize(text))


def _create(folder: Path) -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", fast=True, indexed=True)
    # Stored, for `change` to write them again: to cut a text into tokens takes ten times as long.
    builder.add_text_field("tokens", tokenizer_name=_TOKENIZER, index_option="freq", stored=True)
    folder.mkdir(parents=True)
    with _disk_errors():
        index = tantivy.Index(builder.build(), path=str(folder))
    _register(index)
    return index


def _link_folder(base: Path, folder: Path) -> None:
    """Make a folder of the same files, sharing on the disk those that never change."""
    folder.mkdir(parents=True)
    for path in base.iterdir():
        if path.suffix == ".lock":
            continue
        try:
            if path.suffix in _REWRITTEN:
                raise OSError
            os.link(path, folder / path.name)
        except OSError:  # a file system without links
            shutil.copyfile(path, folder / path.name)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Raise tantivy's word that it could not write, a ValueError, as the OSError that it is."""
    try:
        yield
    except ValueError as exc:
        raise OSError(f"词语索引写入失败: {exc}") from exc


def _register(index: Any) -> None:
    import tantivy

    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_TOKENIZER, analyzer)
