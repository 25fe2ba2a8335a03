"""A query as the parameters of a web address, so that a search can be sent to a colleague and exported by a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rag.clauses.types import IN_ORDER, LARGEST, LEAD, NEWEST, PART, RELEVANCE, ROLES, SORTS, ClauseQuery

_NAMES = {
    "place": "places", "year": "years", "issuer": "issuers", "kind": "kinds", "validity": "validity",
    "department": "departments", "unit": "units", "doc": "documents",
}  # fmt: skip
FIELD_NAMES = {
    "words": "检索词", "figure": "数字范围", "places": "地区", "years": "年份", "departments": "责任部门", "role": "责任分工",
    "kinds": "文件类型", "validity": "效力", "issuers": "发文机关", "documents": "文件", "units": "数字单位",
}  # fmt: skip
SORT_NAMES = {RELEVANCE: "相关程度", IN_ORDER: "文件顺序", NEWEST: "发文日期由近到远", LARGEST: "数字由大到小"}
ROLE_NAMES = {"": "全部", LEAD: "牵头", PART: "参与"}
_LONGEST, _MOST = 200, 50  # characters of a value, values of a filter: an address is anybody's


def to_parameters(query: ClauseQuery) -> list[tuple[str, str]]:
    """Return a query as (name, value) pairs, those that are not set left out."""
    pairs = [("q", query.words), ("figure", query.figure)]
    pairs += [(name, value) for name, field in _NAMES.items() for value in getattr(query, field)]
    pairs += [("role", query.role)] if query.role else []
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
    (words, figure, role, sort, page) = (given.get(name, [""])[0] for name in ("q", "figure", "role", "sort", "page"))
    fields["role"] = role if role in ROLES else ""
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 8 else 1
    return ClauseQuery(words, **fields, figure=figure, sort=sort if sort in SORTS else RELEVANCE, page=max(1, number))


def in_words(query: ClauseQuery) -> list[tuple[str, str]]:
    """Return what was looked for as (name, value) lines, for the sheet that says how a table came about."""
    told = replace(query, role=ROLE_NAMES[query.role] if query.role else "")
    lines = [(name, getattr(told, field)) for field, name in FIELD_NAMES.items()]
    said = [(name, value if isinstance(value, str) else "、".join(value)) for name, value in lines if value]
    return [*said, ("排序", SORT_NAMES[query.sort])]
