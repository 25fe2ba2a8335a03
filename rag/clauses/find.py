"""Clause search: the clauses that hold what was asked for, a page of them, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from index.store import ClauseIndex
from index.types import Clause
from index.validity import Validity
from rag.clauses.departments import department_key
from rag.clauses.figure import Wanted, need_figure
from rag.clauses.filters import Values as DocValues
from rag.clauses.filters import both, count_choices, filter_masks, of_departments
from rag.clauses.marks import find_marks
from rag.clauses.match import Mask, Matched, match, responsibility
from rag.clauses.near import nearest
from rag.clauses.order import in_order
from rag.clauses.table import Numbers, Table, Values, place_of, statuses_of, table_of
from rag.clauses.types import (
    BY_MEANING,
    OTHER_WORDS,
    OWN_WORDS,
    PAGE_SIZE,
    RELEVANCE,
    ClauseQuery,
    Drop,
    Found,
    FoundClause,
)
from rag.clauses.words import Term, read_terms

_NEAR = 10


@dataclass(frozen=True, slots=True)
class _Search:
    """A query read against an index; the masks say which clauses its filters admit."""

    index: ClauseIndex
    table: Table
    query: ClauseQuery
    values: DocValues
    masks: dict[str, Mask]
    matched: Matched

    @classmethod
    def of(cls, index: ClauseIndex, query: ClauseQuery) -> _Search:
        table = table_of(index)
        values = {**table.doc_values, "validity": statuses_of(index, date.today())}
        masks = filter_masks(table, query, values)
        return cls(index, table, query, values, masks, match(table, read_terms(query.words)))

    @property
    def kept(self) -> Mask:
        return self.matched.wide & both(self.table, self.masks)

    def sorted(self) -> tuple[Numbers, str]:
        """Return the places of all clauses found, in order, and the unit they were sorted by."""
        return in_order(self.table, self.matched, self.kept, self.query, self._score())

    def _score(self) -> Values:
        """Return how well each clause fits, its part in the departments filtered by before all words."""
        score = self.matched.score
        for name in self.query.departments:
            score = score + responsibility(self.table, self.table.departments.find(department_key(name)))
        return score

    def clause(self, at: int) -> Clause:
        return self.index.clause(int(self.table.rows[at]))

    def shown(self, clause: Clause, way: str) -> FoundClause:
        figures = [need_figure(self.query.figure)] if self.query.figure.strip() else []
        figures += [Wanted(unit) for unit in self.query.units]
        marks = find_marks(clause, self.matched.terms, figures, self.query.departments)
        return FoundClause(clause, self.index.validity(clause.doc), marks, way)


def settled(index: ClauseIndex, query: ClauseQuery) -> ClauseQuery:
    """Return a query with its places and departments called what the choices call them: 乙市 is 甲省乙市."""
    table = table_of(index)
    full: dict[str, dict[str, None]] = {}  # 某区 is the last name of two places
    for doc in table.documents if query.places else ():
        full.setdefault(doc.region[-1] if doc.region else "", {})[place_of(doc)] = None
    places = dict.fromkeys(path for place in query.places for path in full.get(place, (place,)))
    numbers = {name: table.departments.find(department_key(name)) for name in query.departments}
    departments = dict.fromkeys(table.department_name(n) if n >= 0 else name for name, n in numbers.items())
    return replace(query, places=tuple(places), departments=tuple(departments))


def find_clauses(index: ClauseIndex, query: ClauseQuery) -> Found:
    """Return a page of the clauses that hold all words and pass all filters, and the count of the whole result.

    Without words all that pass are found, in document order. Raises UserError if the figure cannot be read.
    """
    search = _Search.of(index, query)
    places, unit = search.sorted()
    pages = max(1, -(-len(places) // PAGE_SIZE))
    page = min(max(1, query.page), pages)
    own = search.matched.own
    shown = places[(page - 1) * PAGE_SIZE : page * PAGE_SIZE].tolist()
    return Found(
        total=len(places),
        own=int(own[places].sum()),
        hits=tuple(search.shown(search.clause(at), OWN_WORDS if own[at] else OTHER_WORDS) for at in shown),
        facets=count_choices(search.table, query, search.matched.wide, search.masks, search.values),
        near=_near(search) if len(places) < PAGE_SIZE and query.sort == RELEVANCE else (),
        page=page,
        pages=pages,
        apart=search.matched.apart,
        unit=unit,
        drops=() if len(places) else _drops(search),
    )


def all_matches(index: ClauseIndex, query: ClauseQuery) -> Iterator[tuple[Clause, Validity]]:
    """Yield every clause found with its validity, in the order shown, without those only near; raises as `find_clauses`.

    They are the rows of `rag.export.tables`: GET /export/clauses.xlsx with the parameters of `rag.clauses.address`.
    """
    search = _Search.of(index, query)
    places, _ = search.sorted()
    standings = {doc.doc_id: index.validity(doc) for doc in index.documents}
    clauses = (search.clause(at) for at in places.tolist())
    return ((clause, standings[clause.doc.doc_id]) for clause in clauses)


def _near(search: _Search) -> tuple[FoundClause, ...]:
    """Return the nearest by meaning that pass the filters, hold the phrases and figures, and miss some word.

    Where no clause at all holds any of the words they mean nothing to the documents held, and nothing is near.
    """
    table, terms = search.table, read_terms(search.query.words)
    strict = [term for term in terms if term.exact or term.figure]
    loose = [term for term in terms if term not in strict]
    read = [term for term in search.matched.terms if term not in strict]  # of loose ones read apart, the words
    if not any(match(table, [term]).wide.any() for term in read):
        return ()
    allowed = match(table, strict).own & both(table, search.masks) & ~search.matched.wide
    found = nearest(search.index, " ".join(term.text for term in loose), table.rows[allowed], _NEAR)
    return tuple(search.shown(clause, BY_MEANING) for clause in found)


def _drops(search: _Search) -> tuple[Drop, ...]:
    """Return the filters and words without any one of which something would be found, most first."""
    table, masks, wide, terms = search.table, search.masks, search.matched.wide, search.matched.terms
    passing = both(table, masks)
    named = [name for name in masks if name != "departments" or search.query.departments]
    drops = [Drop(name, "", int((wide & both(table, masks, but=name)).sum())) for name in named]
    if search.query.role:
        drops.append(Drop("role", "", int((wide & _whatever_role(search)).sum())))
    for term in terms if len(terms) > 1 or masks else ():  # else all that is held would be left
        others = [other for other in terms if other is not term]
        drops.append(Drop("words", term.text, int((match(table, others).wide & passing).sum())))
    return tuple(sorted((drop for drop in drops if drop.count), key=lambda drop: -drop.count))


def _whatever_role(search: _Search) -> Mask:
    """Return which clauses all filters admit if the departments have any role."""
    others, names = both(search.table, search.masks, but="departments"), search.query.departments
    return others & of_departments(search.table, names, "") if names else others


def without(index: ClauseIndex, query: ClauseQuery, drop: Drop) -> ClauseQuery:
    """Return a query less a filter or a word."""
    if drop.field == "figure":
        return replace(query, figure="", page=1)
    if drop.field in ("role", "departments"):  # without a department its role is none
        return replace(query, departments=query.departments if drop.field == "role" else (), role="", page=1)
    if drop.field != "words":
        return replace(query, **{drop.field: ()}, page=1)  # type: ignore[arg-type]
    terms = match(table_of(index), read_terms(query.words)).terms
    return replace(query, words=" ".join(_typed(term) for term in terms if term.text != drop.value), page=1)


def _typed(term: Term) -> str:
    return f"“{term.text}”" if term.exact else term.text
