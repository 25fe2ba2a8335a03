"""Which clauses the places, years and documents that a question names allow to answer it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from index.regions import Region
from index.store import ClauseIndex
from index.types import Document
from rag.question.document_years import terms_of_years
from rag.question.held import Held, Mask, Rows, held_of
from rag.question.periods import say_years
from rag.question.scope import Named, own_of_town


def eligible_rows(index: ClauseIndex, named: Named) -> Rows:
    """Return the rows of the searchable clauses that the named places, years and documents allow, in order.

    A document's own place and years admit all its clauses. A part of its territory, or a year
    that is not its own, admits only the clauses that speak of it (`到2020年…`, `某区…`). A
    document named as such needs no place.
    """
    if not (named.regions or named.years or named.documents) and named.within is None:
        return index.searchable_rows
    held = held_of(index)
    own, part = _of_place(held, named)
    of_year = held.of_years(named.years, named.issued)
    places, times = _places(named.regions), terms_of_years(named)
    rows = [
        held.rows(own & of_year),
        _speaking(index, held.rows(part & of_year), places),
        _speaking(index, held.rows(own & ~of_year), times),
        _speaking(index, _speaking(index, held.rows(part & ~of_year), times), places),
    ]
    found = np.sort(np.concatenate(rows))
    return found if named.within is None else _within(index, found, named.within)


def _speaking(index: ClauseIndex, rows: Rows, terms: list[str]) -> Rows:
    """Return those of some rows, in order, whose clauses speak of one of the terms."""
    kept = np.zeros(len(rows), bool)
    for term in terms if len(rows) else ():
        spoken = index.rows_speaking_of([term])
        kept |= spoken.take(np.searchsorted(spoken, rows), mode="clip") == rows if len(spoken) else False
    return rows[kept]


def documents_of(index: ClauseIndex, named: Named) -> list[Document]:
    """Return the documents that are themselves of a place named and of a year named."""
    held = held_of(index)
    own, _ = _of_place(held, replace(named, documents=()))
    return [index.documents[at] for at in np.flatnonzero(own & held.of_years(named.years, named.issued))]


def with_newest(named: Named, held: Held) -> Named:
    """Return 今年 as the year of the newest documents of the places named, where none of this year is held."""
    if not named.this_year:
        return named
    there, _ = _of_place(held, replace(named, documents=()))
    newest = held.newest_year(there, before=named.years[0])
    if newest is None or (there & held.of_years(named.years, named.issued)).any():
        return named
    assumed = f"(未收录{say_years(named.years)}的文件, “今年”按现有最近的{newest}年理解。)"
    return replace(named, years=(newest,), periods=((newest,),), assumed=assumed)


def _of_place(held: Held, named: Named) -> tuple[Mask, Mask]:
    """Return which documents are of a place named, or named as such, and in the territory of which such a place lies."""
    if named.documents:
        return held.these(doc.doc_id for doc in named.documents), held.none()
    if not named.regions:
        return held.all(), held.none()
    own = held.of_places(region.adcode for region in named.regions)
    own |= held.these(doc.doc_id for doc in held.named(named.of_towns) if own_of_town(doc, named))
    return own, held.around(named.regions) & ~own


def _places(regions: tuple[Region, ...]) -> list[str]:
    return [f"place:{region.adcode}" for region in regions]


def _within(index: ClauseIndex, rows: Rows, clause_ids: frozenset[str]) -> Rows:
    """Return the rows of the clauses of a place that the question names."""
    heads = {".".join(name.split(".")[:n]) for name in clause_ids for n in range(1, name.count(".") + 1)}
    near = np.intersect1d(rows, held_of(index).rows(held_of(index).these(heads)))
    return np.array([row for row in near.tolist() if index.clause(row).clause_id in clause_ids], np.int64)
