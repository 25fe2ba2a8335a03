"""Which rows a search may find, as an expression of Milvus: by place, year and validity where these say it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.asked import Rows
from index.milvus.layout import Layout

_FEW = 200  # rows that are simply named
_SCALARS = ("adcode", "year", "validity")
Mask = npt.NDArray[np.bool_]


def all_of(layout: Layout, bound: int) -> str:
    """Return the expression for a version's rows: none of a later one or a killed writer, none of what was taken out."""
    gone = [one.number for one in layout.gone]
    return f"row < {bound} and document not in {gone}" if gone else f"row < {bound}"


def one_of(name: str, values: Iterable[object]) -> str:
    """Return the expression that a field has one of some values."""
    listed = values.tolist() if isinstance(values, np.ndarray) else values
    return f"{name} in [{', '.join(map(_literal, listed))}]"


def _literal(value: object) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else str(value)


class ClauseFilters:
    """The expressions for searchable clauses of one version."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._owners = np.array([i for i, one in enumerate(layout.held) for _ in one.rows], np.int64)
        self._sizes = np.bincount(self._owners, minlength=len(layout.held))
        self._all = all_of(layout, layout.bounds.clause)

    def of(self, rows: Rows | None) -> str:
        """Return the expression for some rows, in order; for all if none are given."""
        if rows is None or len(rows) == len(self._owners):
            return self._all
        if len(rows) <= _FEW:
            return one_of("row", rows)
        owners = self._owners[np.searchsorted(self._layout.rows, rows)]
        whole = np.bincount(owners, minlength=len(self._sizes)) == np.maximum(self._sizes, 1)
        rest = rows[~whole[owners]]
        parts = [self._documents(whole)] if whole.any() else []
        return " or ".join(f"({part})" for part in [*parts, *([one_of("row", rest)] if len(rest) else [])])

    def _documents(self, wanted: Mask) -> str:
        """Return the expression for whole documents: by what they have and no others, else by their numbers."""
        has_rows = self._sizes > 0
        masks = {name: np.isin(values, values[wanted]) for name, values in self._values.items()}
        if np.array_equal(np.logical_and.reduce([has_rows, *masks.values()]), wanted):
            telling = [name for name, mask in masks.items() if not mask[has_rows].all()]
            return " and ".join([*(one_of(name, np.unique(self._values[name][wanted])) for name in telling), self._all])
        return one_of("document", np.array([one.number for one in self._layout.held])[wanted])

    @cached_property
    def _values(self) -> dict[str, npt.NDArray[np.generic]]:
        return {name: np.array([getattr(one, name) for one in self._layout.held]) for name in _SCALARS}
