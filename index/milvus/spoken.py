"""Which clauses speak of a place, a year, a plan, a title or a 文号: rows of a collection that is only added to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from index.asked import Rows
from index.milvus.filters import one_of
from index.milvus.layout import Layout
from index.milvus.packed import pack, unpack
from index.milvus.schema import BLANK
from index.milvus.server import Record, Server

_TOGETHER = 4000  # clauses named in one row: they fit, whatever their numbers


def rows_speaking_of(server: Server, name: str, layout: Layout, terms: Iterable[str]) -> Rows:
    """Return the rows of the clauses held that speak of one of some terms, in order."""
    keys = [_key(term) for term in terms]
    if not keys:
        return np.empty(0, np.int64)
    found = server.query(name, f"{one_of('term', keys)} and row < {layout.bounds.term}", ["row", "data"])
    rows = [np.array(unpack([one["data"]]), np.int64) for one in found]
    return layout.held_among(np.unique(np.concatenate([*rows, np.empty(0, np.int64)])))


def term_records(spoken: Mapping[str, Sequence[int]], first: int) -> Iterator[Record]:
    """Yield the rows to be written for what some clauses speak of, their keys from `first` on."""
    for term, rows in spoken.items():
        for at in range(0, len(rows), _TOGETHER):
            (data,) = pack(rows[at : at + _TOGETHER])
            yield {"row": first, "term": _key(term), "data": data, "blank": BLANK}
            first += 1


def _key(term: str) -> str:
    """Return a term, which may be a title of any length, as a short key."""
    return hashlib.sha256(term.encode("utf-8", "surrogatepass")).hexdigest()[:40]
