"""The library's own HTML: the table, and the panel above it in which things are confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.given import VALIDITIES
from index.preview import Preview
from index.progress import EMBEDDING, READING, WAITING, WRITING
from index.rows import is_searchable
from index.types import Clause
from index.upkeep import ADDED, GONE, SAME, SKIPPED, UNCHANGED, UPDATED, Outcome
from index.validity import OUT_OF_FORCE, UNKNOWN
from index.views import text_alone
from rag.page.library.catalog import Catalog
from rag.page.library.fields import LABELS, read_fields
from rag.page.library.holdings import Holding, Holdings, View
from rag.page.library.listing import address_of
from rag.page.library.stated import Corrections
from rag.page.parts import render
from rag.page.visitor import Visitor

_PREVIEWED = 20  # documents on a page of the panel
_TOLD = 60  # files told of one by one when all is done
_TREE = 400  # lines of a document's tree
_HEAD = 46  # characters of a clause in the tree
_NONE: Mapping[str, Corrections] = {}
_STATED = tuple(value for value in VALIDITIES if value != UNKNOWN)  # to leave it open is to have it worked out
_COUNTED = (ADDED, UPDATED, UNCHANGED, SAME, GONE, SKIPPED)
_COLUMNS = (
    ("title", "标题"), ("number", "文号"), ("issuer", "发文机关"), ("place", "地区"), ("year", "年份"), ("kind", "类型"),
    ("standing", "效力"), ("leaves", "条数"), ("added", "加入时间"),
)  # fmt: skip
_STEPS = {
    WAITING: "另一位管理员正在改动文件库, 等他完成后接着做", READING: "读取文件", EMBEDDING: "编入索引", WRITING: "写入索引",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document's tree: how deep it lies, its number, how it begins."""

    level: int
    path_text: str
    head: str
    counts: bool  # as a clause that can be searched


def render_table(visitor: Visitor, holdings: Holdings, view: View, may_change: bool, most: int = 0) -> str:
    """Return the page of the table that a view asks for; `most` bytes may be sent at a time."""
    page = holdings.page(view)
    return render(
        "library/table.html", visitor.language, page=page, view=view, columns=_COLUMNS, may_change=may_change,
        most=most, address=address_of(view), held=len(holdings.rows), pages=_pages(page), out_of_force=OUT_OF_FORCE,
        reading_of=Catalog.reading_of,
    )  # fmt: skip


def render_previews(
    visitor: Visitor,
    previews: Sequence[Preview],
    page: int = 1,
    complaint: str = "",
    carried: Mapping[str, Corrections] = _NONE,
) -> str:
    """Return what was read of the files sent, with what can be done about each; `carried` are corrections made before."""
    pages = max(1, -(-len(previews) // _PREVIEWED))
    page = min(max(1, page), pages)
    return render(
        "library/previews.html", visitor.language, previews=previews[(page - 1) * _PREVIEWED : page * _PREVIEWED],
        counts=_counts([preview.outcome for preview in previews]), joining=sum(preview.joins for preview in previews),
        page=page, pages=pages, complaint=complaint, tree_of=tree_of, fields_of=read_fields, validities=_STATED,
        total=len(previews), carried=carried, labels=LABELS,
    )  # fmt: skip


def render_progress(visitor: Visitor, step: tuple[str, int, int], doing: str = "") -> str:
    """Return what is being done, and how far it is."""
    name, done, total = step
    return render(
        "library/progress.html", visitor.language, said=_STEPS.get(name, name), step=name, done=done, total=total,
        doing=doing,
    )  # fmt: skip


def render_replacing(visitor: Visitor, row: Holding, complaint: str = "") -> str:
    """Return the request to choose the file that takes a document's place."""
    return render("library/replacing.html", visitor.language, row=row, complaint=complaint)


def render_removal(visitor: Visitor, row: Holding, is_seed: bool) -> str:
    """Return the question whether a document is to go, with what goes with it."""
    return render("library/removal.html", visitor.language, row=row, is_seed=is_seed)


def render_told(visitor: Visitor, outcomes: Sequence[Outcome], titles: Mapping[str, str], complaint: str = "") -> str:
    """Return what became of each file or document."""
    shown = outcomes if len(outcomes) <= _TOLD else [outcome for outcome in outcomes if outcome.status == SKIPPED]
    return render(
        "library/told.html", visitor.language, outcomes=shown[:_TOLD], counts=_counts(outcomes), complaint=complaint,
        titles=titles, gone=GONE, skipped=SKIPPED, more=len(outcomes) - len(shown[:_TOLD]),
    )  # fmt: skip


def tree_of(clauses: Sequence[Clause]) -> tuple[Sequence[Line], int]:
    """Return the lines of a document's tree, and how many more there are."""
    lines = [
        Line(min(clause.path.count("."), 5), clause.path_text, _head(clause), is_searchable(clause))
        for clause in clauses[:_TREE]
    ]
    return lines, max(0, len(clauses) - _TREE)


def _head(clause: Clause) -> str:
    words = " ".join(text_alone(clause).replace("\x1e", "| ").replace("\x1f", " | ").split())
    return words if len(words) <= _HEAD else f"{words[:_HEAD]}…"


def _counts(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    counts = Counter(outcome.status for outcome in outcomes)
    return [(status, counts[status]) for status in _COUNTED if counts[status]]


def _pages(page: Any) -> list[int]:
    """Return the numbers of the pages that can be gone to: the first, the last, those around; 0 stands for a gap."""
    near = [n for n in range(1, page.pages + 1) if n in (1, page.pages) or abs(n - page.number) <= 2]
    numbers: list[int] = []
    for number in near:
        if numbers and number - numbers[-1] > 1:
            numbers.append(0)
        numbers.append(number)
    return numbers
