"""The views of an index in Milvus: by meaning, and by words with Milvus's own BM25."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from index.asked import Rows, Scores
from index.milvus.filters import one_of
from index.milvus.packed import damaged
from index.milvus.schema import BM25_SEARCH
from index.milvus.server import MOST, Record, Server
from index.milvus.words import query_of, score_of

Filter = Callable[[Rows | None], str]
_ASKED = 1000  # rows in one answer: 3 MB of vectors
_KEPT = 20_000  # rows whose vectors are kept: 60 MB


class Fetched:
    """The vectors of a collection's rows; those of the last rows asked for are kept, as a row never changes."""

    def __init__(self, server: Server, name: str, fields: Sequence[str], dimension: int) -> None:
        self.server, self.name, self._fields, self._dimension = server, name, list(fields), dimension
        self._kept: dict[int, dict[str, Scores]] = {}

    def vectors(self, field: str, ids: Rows) -> Scores:
        """Return the vectors (n, d) of a field under ids, in their order; raises Damaged if one is not there."""
        kept = self._kept  # another thread may begin anew
        missing = [row for row in ids.tolist() if row not in kept]
        if len(kept) + len(missing) > _KEPT:
            kept = self._kept = {row: kept[row] for row in ids.tolist() if row in kept}
        for at in range(0, len(missing), _ASKED):
            for row in self.server.query(self.name, one_of("row", missing[at : at + _ASKED]), ["row", *self._fields]):
                kept[row["row"]] = {name: np.array(row[name], np.float32) for name in self._fields}
        if lost := [row for row in missing if row not in kept]:
            raise damaged(f"{self.name} 缺 {len(lost)} 行")
        return np.array([kept[row][field] for row in ids.tolist()], np.float32).reshape(len(ids), self._dimension)


class MilvusVectors:
    """Unit vectors in a field of a collection."""

    def __init__(self, fetched: Fetched, field: str, filter: Filter, size: int, params: Record) -> None:
        self._fetched, self._field = fetched, field
        self._filter, self._size, self._params = filter, size, params

    def __len__(self) -> int:
        return self._size

    def search(self, query: Scores, k: int, ids: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the ids and cosines of the k nearest to `query` (d,), best first, among `ids` if given."""
        k = min(k, self._size if ids is None else len(ids))
        if k == 0:
            return _found([])
        asked, server = [float(x) for x in query], self._fetched.server
        return _found(server.search(self._fetched.name, self._field, asked, k, self._filter(ids), self._params))

    def vectors(self, ids: Rows) -> Scores:
        """Return the vectors (n, d) under ids, in their order; raises Damaged if one is not there."""
        return self._fetched.vectors(self._field, ids)


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
