"""The views of an index in Milvus: by meaning, and by words with Milvus's own BM25."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from index.asked import Rows, Scores
from index.milvus.filters import one_of
from index.milvus.packed import damaged
from index.milvus.schema import BM25_SEARCH
from index.milvus.server import MOST, Record, Server
from index.milvus.words import query_of, score_of

Filter = Callable[[Rows | None], str]
_ASKED = 1000  # vectors in one answer: 1.5 MB


class MilvusVectors:
    """Unit vectors in a field of a collection."""

    def __init__(self, server: Server, name: str, field: str, filter: Filter, size: int, params: Record) -> None:
        self._server, self._name, self._field = server, name, field
        self._filter, self._size, self._params = filter, size, params

    def __len__(self) -> int:
        return self._size

    def search(self, query: Scores, k: int, ids: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the ids and cosines of the k nearest to `query` (d,), best first, among `ids` if given."""
        k = min(k, self._size if ids is None else len(ids))
        if k == 0:
            return _found([])
        asked = [float(x) for x in query]
        return _found(self._server.search(self._name, self._field, asked, k, self._filter(ids), self._params))

    def vectors(self, ids: Rows) -> Scores:
        """Return the vectors (n, d) under ids, in their order; raises UserError if one is not there."""
        held: dict[int, list[float]] = {}
        for at in range(0, len(ids), _ASKED):
            rows = self._server.query(self._name, one_of("row", ids[at : at + _ASKED]), ["row", self._field])
            held.update((row["row"], row[self._field]) for row in rows)
        if missing := [row for row in ids.tolist() if row not in held]:
            raise damaged(f"{self._name} 缺 {len(missing)} 行")
        return np.array([held[row] for row in ids.tolist()], np.float32)


class MilvusWords:
    """Texts in a collection, as tokens that its BM25 function counts."""

    def __init__(self, server: Server, name: str, filter: Filter, size: int, counts: Mapping[str, int]) -> None:
        self._server, self._name = server, name
        self._filter, self._size, self.counts = filter, size, counts

    def __len__(self) -> int:
        return self._size

    def search(self, tokens: Iterable[tuple[str, float]], k: int, ids: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the ids and scores of the k best for weighted tokens, best first, among `ids` if given."""
        asked = query_of(tokens)
        k = min(k, MOST, self._size if ids is None else len(ids))
        if k == 0 or not asked:
            return _found([])
        hits = self._server.search(self._name, "bm25", asked, k, self._filter(ids), BM25_SEARCH)
        return _found([(row, score_of(distance)) for row, distance in hits])

    def document_frequency(self, token: str) -> int:
        """Return how many texts hold a token."""
        return self.counts.get(token, 0)


def _found(hits: list[tuple[int, float]]) -> tuple[Rows, Scores]:
    return np.array([row for row, _ in hits], np.int64), np.array([score for _, score in hits], np.float32)
