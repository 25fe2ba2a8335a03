"""Lexical views of clauses in tantivy: BM25 over jieba words and character bigrams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.dense import Vectors
from index.errors import UserError
from index.tokens import tokenize

_TOKENIZER = "pretokenised"
_WRITER_MEMORY = 64 * 1024 * 1024


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
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", fast=True, indexed=True)
        builder.add_text_field("tokens", tokenizer_name=_TOKENIZER, index_option="freq")
        folder.mkdir(parents=True)
        index = tantivy.Index(builder.build(), path=str(folder))
        _register(index)
        writer = index.writer(heap_size=_WRITER_MEMORY, num_threads=1)
        for text, row in zip(texts, ids, strict=True):
            writer.add_document(tantivy.Document(id=row, tokens=" ".join(tokenize(text))))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        return cls(index)

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
            allowed = query_of.const_score_query(query_of.term_set_query(self._schema, "id", ids.tolist()), 0.0)
            query = query_of.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, allowed)])
        hits = self._searcher.search(query, k, count=False).hits
        rows = self._searcher.fast_field_values("id", [address for _, address in hits])
        return np.array(rows, np.int64), np.array([score for score, _ in hits], np.float32)


def _register(index: Any) -> None:
    import tantivy

    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(_TOKENIZER, analyzer)
