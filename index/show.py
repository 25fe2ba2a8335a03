"""Documents and clauses as people and programs read them: JSON, a line, a tree."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from index.types import Clause, Document

_SHOWN = 60  # characters of a clause in the tree
_UNKNOWN = "未知"
_LABELS = {
    "doc_id": "编号", "title": "标题", "doc_no": "文号", "issuer": "发文机关", "region": "地区", "year": "年份",
    "kind": "文种", "date_issued": "成文日期", "date_published": "发布日期", "date_effective": "施行日期",
    "date_expires": "失效日期", "validity": "效力", "index_no": "索引号", "subject": "主题分类",
    "openness": "公开方式", "publisher": "发布单位", "interprets": "解读", "parent": "随文印发", "source": "文件",
    "source_url": "网址",
}  # fmt: skip
_BLANKS = re.compile(r"[\s\x1e\x1f]+")
_ROW = "\x1e"  # before a row of a table; \x1f stands between its cells
_ANNEX = re.compile(r"a\d+")


def document_json(doc: Document, clauses: Sequence[Clause]) -> dict[str, Any]:
    """Return a document as `list --json` prints it; `clauses` counts the leaves."""
    return {
        "doc_id": doc.doc_id,
        "title": doc.title,
        "doc_no": doc.doc_no,
        "issuer": "、".join(doc.issuers) or None,
        "region": "".join(doc.region) or None,
        "year": doc.year,
        "date_issued": doc.date_issued,
        "kind": doc.kind,
        "validity": doc.validity,
        "source": doc.source,
        "clauses": sum(clause.leaf for clause in clauses),
        "adcode": doc.adcode,
        "interprets": doc.interprets,
        "publisher": doc.publisher,
        "date_published": doc.date_published,
        "cleaning": list(doc.cleaning),
    }


def clause_json(clause: Clause) -> dict[str, Any]:
    """Return a clause as `show --json` prints it; figures are whole quantities with their units."""
    return {
        "clause_id": clause.clause_id,
        "doc_id": clause.doc.doc_id,
        "label": clause.label,
        "path": clause.path,
        "heading": " > ".join(clause.headings),
        "text": clause.text,
        "leaf": clause.leaf,
        "departments": list(clause.departments),
        "lead": clause.lead,
        "figures": [figure.text for figure in clause.figures],
    }


def document_row(record: dict[str, Any]) -> str:
    """Return a document as one line of the list."""
    place = f"{record['region'] or '地区未知'} {record['year'] or '年份未知'}"
    about = f"{record['kind']}  {record['clauses']}条  {record['doc_no'] or '无文号'}  {record['title']}"
    return f"{record['doc_id']}  {place}  {about}"


def clause_text(clause: Clause) -> str:
    """Return a clause with its label, the headings above it and who is responsible."""
    lines = [f"{clause.clause_id}  {clause.label}", " > ".join(clause.headings), _readable(clause.text)]
    if clause.departments:
        lines.append(f"责任部门: {'、'.join(clause.departments)}" + (f" (牵头: {clause.lead})" if clause.lead else ""))
    return "\n".join(filter(None, lines))


def document_tree(doc: Document, clauses: Sequence[Clause], sent: Iterable[Document], depth: int | None = None) -> str:
    """Return what is known of a document and its clauses, indented; those below `depth` are folded and counted."""
    metadata = [*_metadata(doc), *(f"印发: {other.doc_id}  {other.title}" for other in sent)]
    return "\n".join([*metadata, "", *_tree(clauses, depth)])


def _metadata(doc: Document) -> Iterator[str]:
    """Return a line for each field that is known."""
    values = {name: getattr(doc, name, None) for name in _LABELS}
    values |= {"issuer": "、".join(doc.issuers), "region": "".join(doc.region)}
    for name, label in _LABELS.items():
        if values[name] and values[name] != _UNKNOWN:
            yield f"{label}: {values[name]}"


def _tree(clauses: Sequence[Clause], depth: int | None) -> Iterator[str]:
    below = Counter(above for clause in clauses for above in _above(clause))
    for clause in clauses:
        level = len(_above(clause))
        if depth is not None and level >= depth:
            continue
        folded = depth is not None and level == depth - 1 and below[clause.path]
        yield f"{'  ' * level}{clause.path}  {_summary(clause)}" + (f" (内有 {folded} 条)" if folded else "")


def _above(clause: Clause) -> tuple[str, ...]:
    """Return the paths of what a clause lies in."""
    parts = clause.path.split(".")
    return tuple(".".join(parts[:end]) for end in range(1, len(parts)))


def _summary(clause: Clause) -> str:
    """Return how a clause begins, with what it is if that is not a numbered text."""
    text = clause.text
    marks = "【附件】" * bool(_ANNEX.fullmatch(clause.path)) + "【表】" * (_ROW in text)
    words = _BLANKS.sub(" ", _readable(text)).strip()
    return marks + (words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…")


def _readable(text: str) -> str:
    """Return a text with the cells of its tables between bars."""
    return text.replace(_ROW, "| ").replace("\x1f", " | ")
