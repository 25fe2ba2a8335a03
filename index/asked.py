"""The two kinds of view that a question is put to, whatever engine answers: by meaning and by words.

Ids are the rows of what is searched: clauses, or sentences. `ids`, where given, are ascending and limit the search.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


class VectorView(Protocol):
    """Unit vectors under ids, searched by cosine."""

    def __len__(self) -> int: ...

    def search(self, query: Scores, k: int, ids: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the ids and cosines of the k nearest to `query` (d,), best first, among `ids` if given."""

    def vectors(self, ids: Rows) -> Scores:
        """Return the vectors (n, d) under ids, in their order."""


class WordView(Protocol):
    """Texts under ids, searched by BM25 over their tokens."""

    def __len__(self) -> int: ...

    def search(self, tokens: Iterable[tuple[str, float]], k: int, ids: Rows | None = None) -> tuple[Rows, Scores]:
        """Return the ids and scores of the k best for weighted tokens, best first, among `ids` if given."""

    def document_frequency(self, token: str) -> int:
        """Return how many texts hold a token."""
