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

from index.asked import Rows, Scores
from index.errors import Damaged
from index.tokens import tokenize
from index.version import REBUILD

_TOKENIZER = "pretokenised"
_WRITER_MEMORY = 64 * 1024 * 1024
_FEW = 200  # ids asked for one by one: 150 of 111,000 take 0.6 ms, as a set 2.3; 5,000 take 32 ms, as a set 10
_MOST = 0.03  # of all texts: where more are admitted, what is found among all is sifted
_REWRITTEN = {".json", ".lock"}  # all else in a folder of tantivy is written once and never changed
Text = tuple[int, int, str]  # its id, the number of its document, and its words


class SparseView:
    """One BM25 index (Robertson & Zaragoza 2009; k1 1.2, b 0.75) over tokenised texts.

    `ids` are those of all texts, in order, and `numbers` the document of each, for a view that is searched within
    documents.
    """

    def __init__(self, index: Any, folder: Path, ids: Rows | None = None, numbers: Rows | None = None) -> None:
        self._index = index
        self._schema = index.schema
        self._searcher = index.searcher()
        self._folder = folder
        self._ids = ids
        self._numbers = numbers

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    @classmethod
    def load(cls, folder: Path, ids: Rows | None = None, numbers: Rows | None = None) -> SparseView:
        """Open an index; raises Damaged if the folder does not hold one."""
        import tantivy

        with _damage(folder):
            index = tantivy.Index.open(str(folder))
            _register(index)
            return cls(index, folder, ids, numbers)

    @property
    def ids(self) -> Rows:
        """All ids that are stored, in order."""
        with _damage(self._folder):
            found = self._ids_at(self._addresses())
        found.sort()
        return found

    def document_frequency(self, token: str) -> int:
        """Return how many texts hold a token."""
        with _damage(self._folder):
            return int(self._searcher.doc_freq("tokens", token))

    def search(self, tokens: Iterable[tuple[str, float]], k: int, ids: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the ids and BM25 scores of the k best for weighted tokens, among `ids` if given, best first."""
        query = self._any_of(tokens)
        if query is None or (ids is not None and not len(ids)):
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if ids is None or self._ids is None or self._numbers is None or len(ids) <= _FEW:
            return self._found(query, k, None if ids is None else self._one_of("id", ids))
        if len(ids) > _MOST * len(self._ids):
            return self._sifted(query, k, ids, len(self._ids), None)
        numbers = np.unique(self._numbers[np.searchsorted(self._ids, ids)])
        among = int(np.isin(self._numbers, numbers).sum())
        return self._sifted(query, k, ids, among, self._one_of("document", numbers))

    def _sifted(self, query: Any, k: int, ids: Rows, among: int, within: Any) -> tuple[Rows, Scores]:
        """Find more than k of which only `ids` are kept, till there are k or no more."""
        asked = k if among == len(ids) else int(k * among / len(ids) * 1.3)
        while True:
            found, scores = self._found(query, asked, within)
            places = np.searchsorted(ids, found)
            kept = ids.take(places, mode="clip") == found
            if kept.sum() >= k or len(found) < asked:
                return found[kept][:k], scores[kept][:k]
            asked *= 3

    def _found(self, query: Any, k: int, within: Any) -> tuple[Rows, Scores]:
        import tantivy

        if within is not None:
            allowed = tantivy.Query.const_score_query(within, 0.0)
            query = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, allowed)])
        with _damage(self._folder):
            hits = self._searcher.search(query, k, count=False).hits
            rows = self._ids_at([address for _, address in hits])
        return rows, np.array([score for score, _ in hits], np.float32)

    def _any_of(self, tokens: Iterable[tuple[str, float]]) -> Any:
        import tantivy

        query_of = tantivy.Query
        terms = [
            (tantivy.Occur.Should, query_of.boost_query(query_of.term_query(self._schema, "tokens", token), weight))
            for token, weight in tokens
        ]
        return query_of.boolean_query(terms) if terms else None

    def _one_of(self, field: str, values: Rows) -> Any:
        """Return the query for the texts with one of some values."""
        import tantivy

        query_of = tantivy.Query
        if len(values) > _FEW:
            return query_of.term_set_query(self._schema, field, values.tolist())
        terms = [query_of.term_query(self._schema, field, value) for value in values.tolist()]
        return query_of.boolean_query([(tantivy.Occur.Should, term) for term in terms])

    def stored(self, without: set[int]) -> Iterator[Text]:
        """Yield what is stored, by id, less some ids."""
        with _damage(self._folder):
            addresses = self._addresses()
            rows = zip(self._ids_at(addresses).tolist(), addresses, strict=True)
            for row, address in sorted((row for row in rows if row[0] not in without), key=lambda row: row[0]):
                held = self._searcher.doc(address)
                yield row, held["document"][0], held["tokens"][0]

    def _ids_at(self, addresses: list[Any]) -> Rows:
        """Return the ids of texts by their addresses; ValueError where one has none, which no whole file says."""
        found = self._searcher.fast_field_values("id", addresses)
        if None in found:
            raise ValueError("a text without an id")
        return np.array(found, np.int64)

    def _addresses(self) -> list[Any]:
        import tantivy

        hits = self._searcher.search(tantivy.Query.all_query(), max(1, len(self)), count=False).hits
        return [address for _, address in hits]


class SparseWriter:
    """Writes a view to a folder: anew, or as another segment of what a base holds."""

    def __init__(self, folder: Path, base: Path | None, gone: npt.NDArray[np.int64], rewrite: bool) -> None:
        """Begin with what `base` holds less the ids gone; raises Damaged if that cannot be read.

        tantivy goes on counting what was deleted in its frequencies, and keeps it in its files until it merges them: to
        `rewrite` costs as much as all the texts.
        """
        kept: Iterable[Text] = ()
        if base is not None and rewrite and len(gone):
            kept = SparseView.load(base).stored(set(gone.tolist()))
            base = None
        if base is None:
            index = _create(folder)
        else:
            _link_folder(base, folder)
            index = SparseView.load(folder)._index
        with _disk_errors():
            self._index = index
            self._writer = index.writer(heap_size=_WRITER_MEMORY, num_threads=1)
            for row in gone.tolist() if base is not None else ():
                self._writer.delete_documents("id", row)
            for row, number, words in kept:
                self._put(row, number, words)

    def add(self, rows: Sequence[int], numbers: Sequence[int], texts: Iterable[str]) -> None:
        """Put in texts under their ids, each with the number of its document."""
        with _disk_errors():
            for row, number, text in zip(rows, numbers, texts, strict=True):
                self._put(int(row), int(number), " ".join(tokenize(text)))

    def close(self) -> None:
        """Have all of it on the disk."""
        with _disk_errors():
            self._writer.commit()
            self._writer.wait_merging_threads()

    def _put(self, row: int, number: int, words: str) -> None:
        import tantivy

        self._writer.add_document(tantivy.Document(id=row, document=number, tokens=words))


def _create(folder: Path) -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", fast=True, indexed=True)
    builder.add_integer_field("document", stored=True, indexed=True)
    # Stored, to write them again: to cut a text into tokens takes ten times as long.
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
        if path.suffix != ".lock":
            link_or_copy(path, folder / path.name, path.suffix not in _REWRITTEN)


def link_or_copy(path: Path, target: Path, link: bool = True) -> None:
    """Have a file under another name too, sharing it on the disk if it may and can be."""
    try:
        if not link:
            raise OSError
        os.link(path, target)
    except OSError:  # a file system without links
        shutil.copyfile(path, target)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Raise tantivy's word that it could not write, a ValueError, as the OSError that it is."""
    try:
        yield
    except ValueError as exc:
        raise OSError(f"词语索引写入失败: {exc}") from exc


@contextmanager
def _damage(folder: Path) -> Iterator[None]:
    """Raise what tantivy makes of files that are not as it wrote them, errors and panics, as Damaged."""
    try:
        yield
    except BaseException as exc:
        # A panic of Rust is no Exception, and its class cannot be imported.
        if not isinstance(exc, ValueError | OverflowError) and type(exc).__name__ != "PanicException":
            raise
        raise Damaged(f"词语索引损坏: {folder.name}。{REBUILD}") from exc


def _register(index: Any) -> None:
    import tantivy

    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_TOKENIZER, analyzer)
