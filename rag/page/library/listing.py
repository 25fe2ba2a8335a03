"""The list of what is held as a file: what a view of the table finds, in its order."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from rag.page.library.holdings import SORTS, Holding, View
from rag.records.audit_csv import inert

_HEADINGS = (
    "编号", "标题", "文号", "发文机关", "地区", "年份", "类型", "效力", "效力依据", "成文日期", "发布日期", "施行日期", "失效日期",
    "条数", "加入时间", "文件", "清洗",
)  # fmt: skip
_NAMES = {"place": "places", "year": "years", "issuer": "issuers", "kind": "kinds", "validity": "standings"}
_LONGEST, _MOST = 200, 50  # characters of a value, values of a filter: an address is anybody's


def documents_csv(rows: Iterable[Holding]) -> bytes:
    """Return a CSV that Excel and WPS open right; nothing in it is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADINGS)
    writer.writerows([inert(str(value)) for value in _values(row)] for row in rows)
    return text.getvalue().encode("utf-8-sig")  # without the mark Excel reads it as GBK


def address_of(view: View) -> str:
    """Return a view as the parameters of an address."""
    pairs = [("q", view.words)] if view.words.strip() else []
    pairs += [(name, value) for name, field in _NAMES.items() for value in getattr(view, field)]
    return urlencode([*pairs, ("sort", view.sort), *([("down", "1")] if view.down else [])])


def view_of(pairs: Iterable[tuple[str, str]]) -> View:
    """Return the view that the parameters of an address say; what makes no sense is passed over."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if len(given.setdefault(name, [])) < _MOST:
            given[name].append(value[:_LONGEST])
    chosen: dict[str, Any] = {field: tuple(given.get(name, ())) for name, field in _NAMES.items()}
    sort = given.get("sort", [""])[0]
    words = given.get("q", [""])[0]
    view = View(words, sort=sort if sort in SORTS else "year", down=bool(given.get("down")))
    return replace(view, **chosen)


def _values(row: Holding) -> tuple[object, ...]:
    doc = row.doc
    return (
        doc.doc_id, doc.title, doc.doc_no or "", row.issuer, row.place, doc.year or "", doc.kind, row.standing.status,
        row.standing.reason, doc.date_issued or "", doc.date_published or "", doc.date_effective or "",
        doc.date_expires or "", "" if row.leaves is None else row.leaves, row.added, doc.source, "、".join(doc.cleaning),
    )  # fmt: skip
