"""Two versions of a document side by side: its fields, and its clauses with the words that differ marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.diff import align, pair_clauses
from index.types import Clause, Document

CAME, WENT, CHANGED, MOVED = "新增", "删去", "改动", "改号"
_FIELDS = {
    "doc_id": "编号", "title": "标题", "doc_no": "文号", "issuers": "发文机关", "region": "地区", "year": "年份",
    "kind": "类型", "date_issued": "成文日期", "date_published": "发布日期", "date_effective": "施行日期",
    "date_expires": "失效日期", "validity": "效力",
}  # fmt: skip
_UNKNOWN = "未写明"


@dataclass(frozen=True, slots=True)
class Run:
    """Words of a clause: `mark` is "" for those of both versions, `old` or `new` for those of one."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of a clause; the paths as people say them, the old one where there is one and it is another."""

    kind: str
    path_text: str
    old_path_text: str
    runs: tuple[Run, ...]
    path: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that the two versions state differently."""

    label: str
    old: str
    new: str


def compare_clauses(old: Sequence[Clause], new: Sequence[Clause]) -> tuple[Difference, ...]:
    """Return the differences in the order of the new version, what is gone after them, and then what has a new number."""
    found = pair_clauses(old, new)
    olds = {id(after): before for before, after in found.changed}
    come = {id(clause) for clause in found.come}
    lines = [_changed(olds.get(id(clause)), clause) for clause in new if id(clause) in come or id(clause) in olds]
    lines += [Difference(WENT, c.path_text, "", (Run(_plain(c.text), "old"),), c.path) for c in found.gone]
    lines += [Difference(MOVED, n.path_text, o.path_text, (Run(_plain(n.text)),), n.path) for o, n in found.moved]
    return tuple(lines)


def compare_fields(old: Document, new: Document) -> tuple[FieldChange, ...]:
    """Return the fields that differ, as people read them."""
    said = ((label, _said(getattr(old, name)), _said(getattr(new, name))) for name, label in _FIELDS.items())
    return tuple(FieldChange(*change) for change in said if change[1] != change[2])


def _changed(old: Clause | None, new: Clause) -> Difference:
    if old is None:
        return Difference(CAME, new.path_text, "", (Run(_plain(new.text), "new"),), new.path)
    before = "" if old.path_text == new.path_text else old.path_text
    return Difference(CHANGED, new.path_text, before, tuple(_runs(_plain(old.text), _plain(new.text))), new.path)


def _runs(old: str, new: str) -> Iterator[Run]:
    for same, before, after in align(old, new):
        if same:
            yield Run(after)
            continue
        if before:
            yield Run(before, "old")
        if after:
            yield Run(after, "new")


def _plain(text: str) -> str:
    """Return a clause with the cells of its tables between bars."""
    return text.replace("\x1e", "| ").replace("\x1f", " | ")


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return "、".join(map(str, value)) or _UNKNOWN
    return _UNKNOWN if value is None else str(value)
