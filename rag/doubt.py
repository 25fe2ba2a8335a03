"""What speaks against a clause as the answer, though it is the nearest: each doubt a sentence for people."""

from __future__ import annotations

from rag.features import Matrix
from rag.rank import Ranked


def doubts(ranked: Ranked, scores: Matrix) -> list[str]:
    """Return the doubts about the first clause, gravest first."""
    return []
