"""The clauses before and after one in its document, shown in its card's place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.rows import is_searchable
from index.types import Clause
from rag.page.evidence.card import Card
from rag.page.parts import render
from rag.types import Citation

if TYPE_CHECKING:
    from index.store import ClauseIndex


@dataclass(frozen=True, slots=True)
class Place:
    """A clause among those of its document that say something of their own."""

    clause: Clause
    at: int
    count: int


def step_from(index: ClauseIndex, clause_id: str, by: int) -> Place | None:
    """Return the clause so many steps after another, headings left out; None at the ends of the document."""
    here = index.find(clause_id)
    if not isinstance(here, Clause):
        return None
    said = [one for one in index.clauses_of(here.doc.doc_id) if is_searchable(one) or one.path == here.path]
    at = next(i for i, one in enumerate(said) if one.path == here.path) + by
    return Place(said[at], at, len(said)) if 0 <= at < len(said) else None


def render_beside(index: ClauseIndex, place: Place, language: str) -> str:
    """Return the face that a card shows for a neighbour of its clause."""
    text, validity = place.clause.text, index.validity(place.clause.doc)
    card = Card("", 0, (Citation(0, place.clause, 0, len(text), validity=validity),))
    return render("evidence/beside.html", language, card=card, place=place)
