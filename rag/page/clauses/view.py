"""What the tab 条款检索 shows of a result: hits, pages, the filters in force, and ways out where nothing was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from index.store import ClauseIndex
from rag.clauses.address import FIELD_NAMES, ROLE_NAMES, to_parameters
from rag.clauses.find import without
from rag.clauses.marks import Piece, excerpt
from rag.clauses.named import is_named
from rag.clauses.types import OTHER_WORDS, PAGE_SIZE, RELEVANCE, ClauseQuery, Drop, Found, FoundClause
from rag.export.reference import official_reference
from rag.page.parts import render
from rag.page.words.say import say

_FIGURES = 8  # of a clause, that are listed
_AROUND = 2  # pages on either side of this one that have a link of their own


@dataclass(frozen=True, slots=True)
class HitView:
    """A clause found, as its row in the list shows it."""

    number: int  # 0 for one that is only near
    found: FoundClause

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return excerpt(self.found.clause.text, self.found.marks)

    @property
    def headings(self) -> str:
        return " › ".join(heading.rstrip("。") for heading in self.found.clause.headings)

    @property
    def origin(self) -> tuple[str, ...]:
        """文号, place and year, as far as they are known."""
        doc = self.found.clause.doc
        year = f"{doc.year}年" if doc.year is not None else ""
        return tuple(part for part in (doc.doc_no or "", "".join(doc.region), year) if part)

    @property
    def validity(self) -> str:
        """Whether the document is in force, with the reason if it is not; nothing where nothing is known."""
        standing = self.found.standing
        if standing.is_out_of_force and standing.reason:
            return f"{standing.status}: {standing.reason}"
        return "" if standing.status == "未知" else standing.status

    @property
    def figures(self) -> str:
        clause = self.found.clause
        told = (figure for figure in clause.figures if figure.kind != "date" and not is_named(clause.text, figure))
        texts = dict.fromkeys(figure.text for figure in told)
        return "、".join([*list(texts)[:_FIGURES], *(["…"] if len(texts) > _FIGURES else [])])

    @property
    def reference(self) -> str:
        return official_reference(self.found.clause)


@dataclass(frozen=True, slots=True)
class Way:
    """A link to another search: what it says, where it leads, how many clauses are there."""

    text: str
    address: str
    count: int = 0
    now: bool = False


def render_found(found: Found, query: ClauseQuery, index: ClauseIndex, language: str) -> str:
    """Return the results of a search."""
    first = (found.page - 1) * PAGE_SIZE + 1
    hits = [HitView(number, hit) for number, hit in enumerate(found.hits, first)]
    loose = [hit for hit in hits if hit.found.way == OTHER_WORDS] if query.sort == RELEVANCE else []
    return render(
        "clauses/found.html",
        language,
        found=found,
        query=query,
        strict=[hit for hit in hits if hit not in loose],
        loose=loose,
        near=[HitView(0, hit) for hit in found.near],
        pages=list(_pages(found, query)),
        active=list(_active(query, found, language)),
        drops=[_drop(index, query, drop) for drop in found.drops],
        address=address_of(query),
        export=urlencode(to_parameters(replace(query, page=1))),
        empty=address_of(ClauseQuery()),
    )


def render_complaint(text: str, language: str) -> str:
    """Return what stands in place of results that there cannot be."""
    return render("clauses/complaint.html", language, text=text)


def address_of(query: ClauseQuery) -> str:
    """Return the address of a search in the page."""
    return "?" + urlencode([("tab", "clauses"), *to_parameters(query)])


def _pages(found: Found, query: ClauseQuery) -> Iterator[Way | None]:
    """Yield the first page, the last and those around this one; None for those left out between them."""
    last = 0
    for page in range(1, found.pages + 1) if found.pages > 1 else ():
        if page in (1, found.pages) or abs(page - found.page) <= _AROUND:
            if page > last + 1:
                yield None
            yield Way(str(page), address_of(replace(query, page=page)), now=page == found.page)
            last = page


def _active(query: ClauseQuery, found: Found, language: str) -> Iterator[tuple[str, Way]]:
    """Yield each value of each filter in force, with the way to the search without it."""
    for name in query.active:
        labels = {choice.value: choice.label for choice in found.facets[name]}
        values: Sequence[str] = getattr(query, name)
        for value in values:
            fewer = replace(query, **{name: tuple(v for v in values if v != value)}, page=1)  # type: ignore[arg-type]
            yield FIELD_NAMES[name], Way(labels.get(value, value), address_of(fewer))
    if query.role:
        yield (
            FIELD_NAMES["role"],
            Way(say(language, ROLE_NAMES[query.role]), address_of(replace(query, role="", page=1))),
        )
    if query.figure.strip():
        yield FIELD_NAMES["figure"], Way(query.figure, address_of(replace(query, figure="", page=1)))


def _drop(index: ClauseIndex, query: ClauseQuery, drop: Drop) -> tuple[str, Way]:
    return FIELD_NAMES[drop.field], Way(drop.value, address_of(without(index, query, drop)), drop.count)
