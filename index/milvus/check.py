"""Is an index in Milvus whole: every row there, and every clause as it was written?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from index.asked import Rows
from index.errors import Damaged
from index.milvus.filters import all_of
from index.milvus.store import MilvusIndex

_BOUNDS = {"clauses": "clause", "sentences": "sentence"}


def problems_of(index: MilvusIndex) -> list[str]:
    """Return what is wrong; empty if all is well. Raises UserError if the server cannot be reached."""
    return [*_missing_rows(index), *_unreadable(index)]


def _missing_rows(index: MilvusIndex) -> Iterator[str]:
    counts = index.manifest.counts
    for part, size in (("clauses", counts["vectors-clause"]), ("sentences", counts["vectors-sentence"])):
        expression = all_of(index.layout, getattr(index.layout.bounds, _BOUNDS[part]))
        if (found := index.server.count(index.name_of(part), expression)) != size:
            yield f"数量不符: {part} 清单 {size} 实际 {found}"


def _unreadable(index: MilvusIndex) -> Iterator[str]:
    """Tell of documents whose pieces are missing or changed, and of vectors that are missing or none."""
    for one in index.layout.held:
        try:
            if len(index.shelf.get(one.doc_id).clauses) != len(one.searchable):
                yield f"{one.doc_id} 的条款与清单不符"
            elif one.rows and _is_odd(index, np.array(one.rows, np.int64)):
                yield f"{one.doc_id} 的向量有误"
        except (Damaged, ValueError, TypeError, KeyError) as exc:
            yield f"{one.doc_id} 有无法读取的记录 ({exc})"


def _is_odd(index: MilvusIndex, rows: Rows) -> bool:
    lengths = np.linalg.norm(index.dense["context"].vectors(rows), axis=1)
    return bool((np.abs(lengths - 1) > 1e-3).any())
