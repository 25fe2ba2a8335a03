"""All searchable clauses of an index laid out in columns, once: what a search reads instead of the store."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from index.regions import COUNTRY_CODE
from index.store import ClauseIndex
from index.types import Clause, Document
from rag.clauses.departments import bare_name, department_key
from rag.clauses.figure import ends_of
from rag.clauses.texts import Texts
from rag.clauses.types import LEAD, PART, UNSAID

Numbers = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

_NATIONAL = "全国"
_tables: WeakKeyDictionary[ClauseIndex, Table] = WeakKeyDictionary()
_statuses: WeakKeyDictionary[ClauseIndex, tuple[date, tuple[tuple[str, ...], ...]]] = WeakKeyDictionary()
_building = threading.Lock()


class Names:
    """Numbers for names, in the order they come."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
        return self._numbers[name]

    def find(self, name: str) -> int:
        """Return a name's number, -1 if it has none."""
        return self._numbers.get(name, -1)


class Table:
    """The clauses by their place in `rows`; `doc_at` says of which of `documents` each is, `heading_at` under which of `headings`."""

    def __init__(self, documents: Sequence[Document], clauses: Iterable[tuple[int, Clause]]) -> None:
        self.documents = documents
        self.departments, self.units = Names(), Names()
        self._spoken: dict[str, Counter[str]] = {}  # of each department, what it is called
        numbers = {doc.doc_id: at for at, doc in enumerate(documents)}
        rows, doc_at, heading_at = [], [], []
        self.texts, self.headings = Texts(), Texts()
        headings = Names()
        responsible: list[tuple[int, int, bool]] = []
        figures: list[tuple[int, int, float, float, int]] = []
        for at, (row, clause) in enumerate(clauses):
            rows.append(row)
            doc_at.append(numbers[clause.doc.doc_id])
            self.texts.add(clause.text)
            heading_at.append(headings.number("\n".join(clause.headings)))
            if heading_at[-1] == len(self.headings):
                self.headings.add(headings.names[-1])
            responsible += self._departments_of(at, clause)
            figures += self._figures_of(at, clause)
        self.rows, self.doc_at = np.array(rows, np.int64), np.array(doc_at, np.int64)
        self.heading_at = np.array(heading_at, np.int64)  # clauses under one heading share it
        self._set_departments(responsible)
        self._set_figures(figures)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def about(self) -> Texts:
        """What each document says of itself: title, number, place, year, issuers."""
        return Texts(_about(doc) for doc in self.documents)

    @cached_property
    def issued(self) -> Numbers:
        """The day each document was issued as a number that sorts: 20160607; 0 where it does not say."""
        days = [(doc.date_issued or doc.date_published or str(doc.year or "0")) for doc in self.documents]
        return np.array([int(f"{day.replace('-', ''):0<8}") for day in days], np.int64)

    @cached_property
    def doc_values(self) -> dict[str, list[tuple[str, ...]]]:
        """The values of each document for the filters that are about documents, but for its validity."""
        docs = self.documents
        return {
            "places": [(place_of(doc),) for doc in docs],
            "years": [(str(doc.year) if doc.year is not None else UNSAID,) for doc in docs],
            "issuers": [doc.issuers or (UNSAID,) for doc in docs],
            "kinds": [(doc.kind if doc.kind != "未知" else UNSAID,) for doc in docs],
            "documents": [(doc.doc_id,) for doc in docs],
        }

    def department_name(self, number: int) -> str:
        """Return what a department is called most often, without place and level: 财政局, whatever city it is of."""
        spoken = self._spoken[self.departments.names[number]]
        return min(spoken, key=lambda name: (-spoken[name], len(name), name))

    def responsible(self, number: int, lead: bool = False) -> npt.NDArray[np.bool_]:
        """Return for each clause whether a department is responsible for it, or the lead."""
        own = self.department_of == number
        return self._marked(self.department_at[own & self.leads if lead else own])

    def parts(self, role: str) -> npt.NDArray[np.bool_]:
        """Return for each pair of a clause and a department whether it has a role; only under a lead does one take part."""
        if role == LEAD:
            return self.leads
        if role == PART:
            led = self._marked(self.department_at[self.leads])
            parts: npt.NDArray[np.bool_] = led[self.department_at] & ~self.leads
            return parts
        return np.ones(len(self.leads), bool)

    def with_parts(self, parts: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return for each clause whether it has one of some pairs with a department."""
        return self._marked(self.department_at[parts])

    def figures_between(self, unit: int, low: float, high: float) -> Numbers:
        """Return the figures (their numbers) of a unit that lie, wholly or in part, between two values."""
        return np.flatnonzero((self.figure_unit == unit) & (self.figure_high >= low) & (self.figure_low <= high))

    def with_figures(self, figures: Numbers) -> npt.NDArray[np.bool_]:
        """Return for each clause whether it holds one of some figures."""
        return self._marked(self.figure_at[figures])

    def _marked(self, places: Numbers) -> npt.NDArray[np.bool_]:
        marked = np.zeros(len(self), bool)
        marked[places] = True
        return marked

    def _departments_of(self, at: int, clause: Clause) -> list[tuple[int, int, bool]]:
        found: dict[int, bool] = {}
        for name in clause.departments:
            key = department_key(name)
            self._spoken.setdefault(key, Counter())[bare_name(name)] += 1
            number = self.departments.number(key)
            found[number] = found.get(number, False) or name == clause.lead
        return [(at, number, lead) for number, lead in found.items()]

    def _figures_of(self, at: int, clause: Clause) -> list[tuple[int, int, float, float, int]]:
        measured = (figure for figure in clause.figures if figure.kind != "date")
        return [(at, self.units.number(f.unit), *ends_of(f), f.start) for f in measured]

    def _set_departments(self, found: list[tuple[int, int, bool]]) -> None:
        columns = np.array(found, np.int64).reshape(-1, 3)
        self.department_at, self.department_of, self.leads = columns[:, 0], columns[:, 1], columns[:, 2].astype(bool)

    def _set_figures(self, found: list[tuple[int, int, float, float, int]]) -> None:
        columns = np.array(found, np.float64).reshape(-1, 5)
        self.figure_at, self.figure_unit = columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64)
        self.figure_low, self.figure_high = columns[:, 2], columns[:, 3]
        self.figure_place: Numbers = self.texts.starts[self.figure_at] + columns[:, 4].astype(np.int64)


def table_of(index: ClauseIndex) -> Table:
    """Return the table of an index, made when it is first asked for: of 118,000 clauses in some five seconds."""
    with _building:
        table = _tables.get(index)
        if table is None:
            table = _tables[index] = Table(index.documents, index.searchable_clauses())
    return table


def statuses_of(index: ClauseIndex, day: date) -> tuple[tuple[str, ...], ...]:
    """Return the validity of each document on a day, as values of the filter."""
    kept, statuses = _statuses.get(index, (None, ()))
    if kept != day:
        statuses = tuple((index.validity(doc, day).status,) for doc in index.documents)
        _statuses[index] = day, statuses
    return statuses


def place_of(doc: Document) -> str:
    """Return the place of a document as the filter has it."""
    return "".join(doc.region) or (_NATIONAL if doc.adcode == COUNTRY_CODE else UNSAID)


def _about(doc: Document) -> str:
    year = f"{doc.year}年" if doc.year is not None else ""
    return "\n".join((doc.title, doc.doc_no or "", place_of(doc), *doc.region, year, *doc.issuers))
