"""The filters: which clauses each admits, and how many of those found each choice has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

import numpy as np

from rag.clauses.departments import department_key
from rag.clauses.figure import need_figure
from rag.clauses.match import Mask
from rag.clauses.table import Numbers, Table
from rag.clauses.types import FILTERS, ROLES, Choice, ClauseQuery

Values = Mapping[str, Sequence[tuple[str, ...]]]  # of each filter, those of each document


def filter_masks(table: Table, query: ClauseQuery, values: Values) -> dict[str, Mask]:
    """Return which clauses each filter that is set admits. Raises UserError if the figure cannot be read."""
    masks: dict[str, Mask] = {}
    for name in query.active:
        wanted = getattr(query, name)
        if name == "departments":
            masks[name] = of_departments(table, wanted, query.role)
        elif name == "units":
            masks[name] = _any(table, (_of_unit(table, each) for each in wanted))
        else:
            masks[name] = _of_documents(table, name, set(wanted), values)
    if query.role and not query.departments:
        masks["departments"] = of_departments(table, (), query.role)
    if query.figure.strip():
        masks["figure"] = table.with_figures(figures_of(table, query))
    return masks


def of_departments(table: Table, names: Sequence[str], role: str) -> Mask:
    """Return the clauses in which one of some departments has a role; of any department, if none is named."""
    parts = table.parts(role)
    if names:
        numbers = [table.departments.find(department_key(name)) for name in names]
        parts = parts & np.isin(table.department_of, numbers)
    return table.with_parts(parts)


def figures_of(table: Table, query: ClauseQuery) -> Numbers:
    """Return the numbers of the figures that the query's own field asks for."""
    wanted = need_figure(query.figure)
    return table.figures_between(table.units.find(wanted.unit), wanted.low, wanted.high)


def both(table: Table, masks: Mapping[str, Mask], but: str = "") -> Mask:
    """Return which clauses all filters admit, leaving one out of account."""
    return reduce(np.logical_and, (mask for name, mask in masks.items() if name != but), np.ones(len(table), bool))


def count_choices(
    table: Table, query: ClauseQuery, found: Mask, masks: Mapping[str, Mask], values: Values
) -> dict[str, tuple[Choice, ...]]:
    """Return the choices of each filter with how many clauses have them.

    A filter's own setting does not count among its own choices: its values are alternatives, and one can be added.
    """
    facets: dict[str, tuple[Choice, ...]] = {}
    for name in FILTERS:
        clauses = found & both(table, masks, but=name)
        if name == "departments":
            choices = _departments(table, clauses, query.role)
            facets["role"] = tuple(_roles(table, clauses, query.departments))
        elif name == "units":
            choices = _units(table, clauses)
        else:
            choices = _documents(table, name, clauses, values)
        facets[name] = tuple(choices)
    return facets


def _any(table: Table, masks: Iterable[Mask]) -> Mask:
    return reduce(np.logical_or, masks, np.zeros(len(table), bool))


def _of_unit(table: Table, unit: str) -> Mask:
    return table.with_figures(table.figures_between(table.units.find(unit), -np.inf, np.inf))


def _of_documents(table: Table, name: str, wanted: set[str], values: Values) -> Mask:
    admitted = [bool(wanted.intersection(of_one)) for of_one in values[name]]
    if name == "places":  # the last name of the path will do
        pairs = zip(admitted, table.documents, strict=True)
        admitted = [one or bool(doc.region) and doc.region[-1] in wanted for one, doc in pairs]
    mask: Mask = np.array(admitted, bool)[table.doc_at]
    return mask


def _documents(table: Table, name: str, clauses: Mask, values: Values) -> list[Choice]:
    """Return the choices of a filter on documents, in the order that people look for them."""
    counts: Counter[str] = Counter()
    of_each = np.bincount(table.doc_at[clauses], minlength=len(table.documents))
    for number in np.flatnonzero(of_each).tolist():
        for value in values[name][number]:
            counts[value] += int(of_each[number])
    if name == "documents":
        titles = {doc.doc_id: doc.quoted_title + (doc.doc_no or "") for doc in table.documents}
        return [Choice(value, titles[value], count) for value, count in counts.items()]
    choices = [Choice(value, value, count) for value, count in counts.items()]
    return sorted(choices, key=_newest_first) if name == "years" else _most_first(choices)


def _departments(table: Table, clauses: Mask, role: str) -> list[Choice]:
    inside = clauses[table.department_at] & table.parts(role)
    counts = np.bincount(table.department_of[inside], minlength=len(table.departments.names))
    names = [(table.department_name(number), int(counts[number])) for number in np.flatnonzero(counts).tolist()]
    return _most_first([Choice(name, name, count) for name, count in names])


def _roles(table: Table, clauses: Mask, names: Sequence[str]) -> list[Choice]:
    """Count for each role the clauses in which one of the departments chosen has it."""
    admitted = {role: of_departments(table, names, role) if names or role else clauses for role in ROLES}
    return [Choice(role, role, int((clauses & mask).sum())) for role, mask in admitted.items()]


def _units(table: Table, clauses: Mask) -> list[Choice]:
    """Count the clauses, not the figures: one with three amounts of money is one."""
    inside = clauses[table.figure_at]
    pairs = np.unique(np.column_stack([table.figure_at[inside], table.figure_unit[inside]]), axis=0)
    counts = np.bincount(pairs[:, 1].astype(np.int64), minlength=len(table.units.names))
    names = [(table.units.names[number], int(counts[number])) for number in np.flatnonzero(counts).tolist()]
    return _most_first([Choice(name, name, count) for name, count in names])


def _most_first(choices: list[Choice]) -> list[Choice]:
    return sorted(choices, key=lambda choice: (-choice.count, choice.value))


def _newest_first(choice: Choice) -> int:
    return -int(choice.value) if choice.value.isdigit() else 0
