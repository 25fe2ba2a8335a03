"""In which order the clauses found are shown."""

from __future__ import annotations

import numpy as np

from rag.clauses.filters import figures_of
from rag.clauses.match import Mask, Matched
from rag.clauses.table import Numbers, Table, Values
from rag.clauses.types import IN_ORDER, LARGEST, NEWEST, ClauseQuery


def in_order(table: Table, matched: Matched, kept: Mask, query: ClauseQuery, score: Values) -> tuple[Numbers, str]:
    """Return the places of the clauses kept as they are sorted, and the unit whose figures were compared if any.

    By relevance those that hold every word in their own text come first; where all is equal, in document order.
    """
    at = np.flatnonzero(kept)
    if query.sort == IN_ORDER:
        return at, ""
    if query.sort == NEWEST:
        return at[np.argsort(-table.issued[table.doc_at[at]], kind="stable")], ""
    if query.sort == LARGEST:
        figures, unit = _compared(table, matched, kept, query)
        greatest = _greatest(table, figures)
        return at[np.argsort(-greatest[at], kind="stable")], unit
    return at[np.lexsort((at, -np.round(score[at], 6), ~matched.own[at]))], ""


def _compared(table: Table, matched: Matched, kept: Mask, query: ClauseQuery) -> tuple[Numbers, str]:
    """Return the figures that clauses are sorted by: those looked for, else of the unit that most of them have."""
    wanted = figures_of(table, query) if query.figure.strip() else matched.figures
    if wanted is None and query.units:
        numbers = [table.units.find(unit) for unit in query.units]
        wanted = np.flatnonzero(np.isin(table.figure_unit, numbers))
    figures = np.arange(len(table.figure_at)) if wanted is None else wanted
    figures = figures[kept[table.figure_at[figures]]]
    if not len(figures):
        return figures, ""
    unit = int(np.bincount(table.figure_unit[figures]).argmax())
    return figures[table.figure_unit[figures] == unit], table.units.names[unit]


def _greatest(table: Table, figures: Numbers) -> Values:
    """Return the greatest figure of each clause, of those given; one without any comes last."""
    greatest = np.full(len(table), -np.inf)
    np.maximum.at(greatest, table.figure_at[figures], table.figure_high[figures])
    return greatest
