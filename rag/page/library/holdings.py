"""The table of what is held: a row a document, searched, filtered, sorted and cut into pages on the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from index.history import added_on
from index.identity import normal_text
from index.regions import COUNTRY_CODE
from index.types import Document
from index.validity import Validity

if TYPE_CHECKING:
    from index.store import ClauseIndex
    from rag.page.library.library import Library

PAGE_SIZE = 50
NATION = "全国"
NOT_STATED = "未写明"
Chosen = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """A document with what the table tells of it beside its own fields."""

    doc: Document
    standing: Validity
    leaves: int | None = None  # clauses that can be searched
    added: str = ""  # a day, as far as it is known
    sent: tuple[Document, ...] = ()
    explained_by: tuple[Document, ...] = ()

    @property
    def place(self) -> str:
        return NATION if self.doc.adcode == COUNTRY_CODE else "".join(self.doc.region)

    @property
    def issuer(self) -> str:
        return "、".join(self.doc.issuers) or self.doc.publisher or ""

    @property
    def day(self) -> str:
        return self.doc.date_issued or self.doc.date_published or str(self.doc.year or "")

    @property
    def words(self) -> str:
        """What a search looks into, without spaces, brackets and case."""
        doc = self.doc
        said = (doc.title, doc.doc_no or "", self.issuer, self.place, doc.source, doc.doc_id, doc.kind)
        return "\n".join(map(normal_text, said))


@dataclass(frozen=True, slots=True)
class View:
    """What of the table is shown: words that must occur, the values chosen of each filter, the order, the page."""

    words: str = ""
    places: Chosen = ()
    years: Chosen = ()
    issuers: Chosen = ()
    kinds: Chosen = ()
    standings: Chosen = ()
    sort: str = "year"
    down: bool = True
    page: int = 1

    @property
    def is_filtered(self) -> bool:
        return bool(self.words.strip() or self.places or self.years or self.issuers or self.kinds or self.standings)

    def sorted_by(self, column: str) -> View:
        """Return the view in the order of a column, the other way round if it is so already."""
        if column not in SORTS:
            return self
        down = not self.down if column == self.sort else column in _FALLING
        return replace(self, sort=column, down=down, page=1)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the table: its rows, how many there are of them and of their clauses, and which page it is."""

    rows: tuple[Holding, ...]
    total: int
    leaves: int
    number: int
    pages: int


@dataclass(frozen=True)
class Holdings:
    """All rows of the table, in the order of the index."""

    rows: tuple[Holding, ...]

    def page(self, view: View) -> Page:
        """Return the page that a view asks for, the last one where it asks for more."""
        found = self.ordered(view)
        pages = max(1, -(-len(found) // PAGE_SIZE))
        number = min(max(1, view.page), pages)
        rows = tuple(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
        return Page(rows, len(found), sum(row.leaves or 0 for row in found), number, pages)

    def ordered(self, view: View) -> list[Holding]:
        """Return all rows that a view finds, in its order; what is not stated comes last in either."""
        key = SORTS[view.sort]
        found = sorted(self.found(view), key=key, reverse=view.down)
        return sorted(found, key=lambda row: key(row) in ("", 0))

    def found(self, view: View) -> Sequence[Holding]:
        """Return the rows that hold all words and one value of each filter that has any; a place holds those within."""
        words = [word for part in view.words.split() if (word := normal_text(part))]
        return [
            row
            for row, said in self._said
            if all(word in said for word in words)
            and (not view.places or any(_within(row.place, place) for place in view.places))
            and (not view.years or str(row.doc.year or NOT_STATED) in view.years)
            and (not view.issuers or (row.issuer or NOT_STATED) in view.issuers)
            and (not view.kinds or row.doc.kind in view.kinds)
            and (not view.standings or row.standing.status in view.standings)
        ]

    def find(self, doc_id: str) -> Holding | None:
        return next((row for row in self.rows if row.doc.doc_id == doc_id), None)

    @cached_property
    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """Return for each filter its values as (what is shown, value), with how many documents have each."""
        years = _counted(str(row.doc.year or NOT_STATED) for row in self.rows)
        return {
            "places": _counted(row.place or NOT_STATED for row in self.rows),
            "years": sorted(years, key=lambda choice: (choice[1] != NOT_STATED, choice[1]), reverse=True),
            "issuers": _counted(row.issuer or NOT_STATED for row in self.rows),
            "kinds": _counted(row.doc.kind for row in self.rows),
            "standings": _counted(row.standing.status for row in self.rows),
        }

    @cached_property
    def _said(self) -> list[tuple[Holding, str]]:
        return [(row, row.words) for row in self.rows]


def holdings_of(library: Library) -> Holdings:
    """Return the rows of what a library holds now; worked out once for each version of its index."""
    index = library.index
    return _of_index(index) if index is not None else _of_documents(library.catalog.documents)


_made: WeakKeyDictionary[ClauseIndex, Holdings] = WeakKeyDictionary()


def _of_index(index: ClauseIndex) -> Holdings:
    if index not in _made:
        _made[index] = _read(index)
    return _made[index]


def _read(index: ClauseIndex) -> Holdings:
    times = added_on(index.folder.parent)
    rows = index.rows_by_document
    return _rows(
        index.documents,
        lambda doc: {
            "standing": index.validity(doc), "leaves": len(rows.get(doc.doc_id, ())),
            "added": times.get(doc.doc_id, "")[:10],
        },
    )  # fmt: skip


def _of_documents(documents: tuple[Document, ...]) -> Holdings:
    return _rows(documents, lambda doc: {"standing": Validity(doc.validity, "")})


def _rows(documents: Sequence[Document], more: Callable[[Document], dict[str, Any]]) -> Holdings:
    sent: dict[str, list[Document]] = {}
    explained: dict[str, list[Document]] = {}
    for doc in documents:
        sent.setdefault(doc.parent or "", []).append(doc)
        explained.setdefault(doc.interprets or "", []).append(doc)
    return Holdings(
        tuple(
            Holding(
                doc,
                **more(doc),
                sent=tuple(sent.get(doc.doc_id, ())),
                explained_by=tuple(explained.get(doc.doc_no or "\0", ())),
            )
            for doc in documents
        )
    )


def _within(place: str, chosen: str) -> bool:
    return (place or NOT_STATED) == chosen or (bool(place) and place.startswith(chosen))


def _counted(values: Any) -> list[tuple[str, str]]:
    counts = Counter(values)
    return [(f"{value} ({counts[value]})", value) for value in sorted(counts, key=lambda v: (v == NOT_STATED, v))]


@lru_cache(maxsize=8192)
def _sounds(text: str) -> str:
    """Return a text as it is read aloud: by that people look for a name in a list."""
    from pypinyin import lazy_pinyin

    return " ".join(lazy_pinyin(text[:12]))


SORTS: dict[str, Callable[[Holding], Any]] = {
    "title": lambda row: _sounds(row.doc.title),
    "number": lambda row: _sounds(row.doc.doc_no or ""),
    "issuer": lambda row: _sounds(row.issuer),
    "place": lambda row: row.doc.adcode or "",
    "year": lambda row: row.day,
    "kind": lambda row: _sounds(row.doc.kind),
    "standing": lambda row: row.standing.status,
    "leaves": lambda row: row.leaves or 0,
    "added": lambda row: row.added,
}
_FALLING = ("year", "leaves", "added")  # the newest and the largest first
