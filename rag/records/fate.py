"""What became of a clause since an answer was given."""

from __future__ import annotations

import hashlib

from index.store import ClauseIndex
from index.types import Clause
from rag.records.audit import Seen

SAME, CHANGED, GONE, UNKNOWN = "与当时相同", "已改动", "已不在库中", "无法核对"


def fate_of(seen: Seen, index: ClauseIndex | None) -> str:
    """Return how the clause of today compares with the one that was seen; UNKNOWN without an index."""
    if index is None:
        return UNKNOWN
    clause = index.find(seen.clause_id)
    if not isinstance(clause, Clause) or clause.clause_id != seen.clause_id:
        return GONE
    return SAME if hashlib.sha256(clause.text.encode()).hexdigest() == seen.sha256 else CHANGED
