"""A source text -> the documents in it, each with its clauses: clean, frame, describe, split, link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from index.clean import clean
from index.describe import describe
from index.errors import UserError
from index.frame import Frame, find_frame
from index.given import Given, with_given
from index.lines import read_lines
from index.links import find_links
from index.origin import runs_of
from index.read import Source
from index.split import body_lines, body_text, split_clauses
from index.types import Clause, Document

Entry = tuple[Document, tuple[Clause, ...]]


def documents_of(source: Source, given: Given) -> list[Entry]:
    """Return the document of a source text, then those that it sends (印发《…办法》的通知).

    `given` are fields of the first that the user set. Raises UserError if nothing in the text can be cited.
    """
    cleaned, steps = clean(source.text)
    lines, more = read_lines(source.text, cleaned)
    entries = list(_entries(find_frame(lines), source, (*steps, *more), given))
    if not any(clause.leaf for _, clauses in entries for clause in clauses):
        raise UserError(f"没有找到正文: {source.name} 里没有条款, 也没有完整的句子。请确认是政策文件正文。")
    return entries


def _entries(frame: Frame, source: Source, steps: tuple[str, ...], given: Given) -> Iterator[Entry]:
    parent: Document | None = None
    for number, part in enumerate((frame, *frame.sent)):
        doc = describe(part, body_text(part), source, steps, parent, number)
        doc = replace(doc, origin=runs_of(body_lines(part), source.text), reader=source.reader or None)
        if parent is None:
            parent = doc = with_given(doc, given)
        clauses = split_clauses(doc, part)
        doc = replace(doc, links=find_links(doc, clauses))
        yield doc, tuple(replace(clause, doc=doc) for clause in clauses)
