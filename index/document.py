"""A source text -> the documents in it, each with its clauses: clean, frame, describe, split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from index.clean import clean
from index.describe import describe
from index.errors import UserError
from index.frame import Frame, find_frame
from index.head import kind_of, title_text
from index.lines import read_lines
from index.origin import runs_of
from index.read import Source
from index.split import body_lines, body_text, split_clauses
from index.types import Clause, Document, Line

Entry = tuple[Document, tuple[Clause, ...]]


def documents_of(source: Source, given: Mapping[str, Any]) -> list[Entry]:
    """Return the document of a source text, then those that it sends (印发《…办法》的通知).

    `given` are fields of the first that the user set. Raises UserError if nothing in the text can be cited.
    """
    cleaned, steps = clean(source.text)
    lines, more = read_lines(source.text, cleaned)
    entries = list(_entries(find_frame(lines), source, (*steps, *more), given))
    if not any(clause.leaf for _, clauses in entries for clause in clauses):
        raise UserError(f"没有找到正文: {source.name} 里没有条款, 也没有完整的句子。请确认是政策文件正文。")
    return entries


def _entries(frame: Frame, source: Source, steps: tuple[str, ...], given: Mapping[str, Any]) -> Iterator[Entry]:
    parent: Document | None = None
    for number, part in enumerate((frame, *frame.sent)):
        doc = _described(part, source, steps)
        doc = replace(doc, origin=runs_of(body_lines(part), source.text), reader=source.reader)
        if parent is None:
            parent = doc = replace(doc, **given)
        else:
            doc = _sent(doc, parent, number)
        yield doc, split_clauses(doc, part)


def _described(frame: Frame, source: Source, steps: tuple[str, ...]) -> Document:
    old = SimpleNamespace(head=_texts(frame.head), foot=_texts(frame.foot), preamble=_texts(frame.preamble))
    doc = describe(old, body_text(frame), source, steps)  # type: ignore
    title = title_text(frame.title) or doc.title
    return replace(doc, title=title, kind=kind_of(title) or doc.kind)


def _texts(lines: tuple[Line, ...]) -> tuple[str, ...]:
    return tuple(line.text for line in lines)


def _sent(doc: Document, parent: Document, number: int) -> Document:
    fields = ("doc_no", "issuers", "region", "adcode", "year", "date_issued", "date_published")
    inherited = {name: getattr(doc, name) or getattr(parent, name) for name in fields}
    return replace(doc, doc_id=f"{parent.doc_id}-fu{number}", parent=parent.doc_id, **inherited)
