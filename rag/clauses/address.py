"""A query as the parameters of a web address, so that a search can be sent to a colleague and exported by a link."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rag.clauses.types import RELEVANCE, SORTS, ClauseQuery

_NAMES = {
    "place": "places", "year": "years", "issuer": "issuers", "kind": "kinds", "validity": "validity",
    "department": "departments", "unit": "units", "doc": "documents",
}  # fmt: skip
_LONGEST, _MOST = 200, 50  # characters of a value, values of a filter: an address is anybody's


def to_parameters(query: ClauseQuery) -> list[tuple[str, str]]:
    """Return a query as (name, value) pairs, those that are not set left out."""
    pairs = [("q", query.words), ("figure", query.figure)]
    pairs += [(name, value) for name, field in _NAMES.items() for value in getattr(query, field)]
    pairs += [("sort", query.sort)] if query.sort != RELEVANCE else []
    pairs += [("page", str(query.page))] if query.page > 1 else []
    return [(name, value) for name, value in pairs if value]


def from_parameters(pairs: Iterable[tuple[str, str]]) -> ClauseQuery:
    """Return the query that some parameters say; those of others are passed over, and what makes no sense is not set."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip() and len(given.setdefault(name, [])) < _MOST:
            given[name].append(value.strip()[:_LONGEST])
    fields: dict[str, Any] = {field: tuple(given.get(name, ())) for name, field in _NAMES.items()}
    (words, figure, sort, page) = (given.get(name, [""])[0] for name in ("q", "figure", "sort", "page"))
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 8 else 1
    return ClauseQuery(words, **fields, figure=figure, sort=sort if sort in SORTS else RELEVANCE, page=max(1, number))
