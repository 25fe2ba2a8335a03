"""What the documents held say of one that is not: that it is repealed, has lapsed, or holds longer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.store import ClauseIndex
from index.title_key import title_key
from index.tokens import words
from index.types import Clause, Document, Link
from rag.checking.cite import Claim
from rag.checking.quote import Told, begin, whole
from rag.structure.said import quoting

_LISTS = re.compile(r"废止|失效|有效期|清理")  # in the title of a document that lists others
_FEW = 3  # more that fit, and it cannot be told which is meant


def told_of(index: ClauseIndex, name: str, years: Sequence[int]) -> Told | None:
    """Return what is said of a document by its title, its number, or words of its title with its year; None if nothing."""
    listed = [one for doc in index.documents if _LISTS.search(doc.title) for one in _listed(index, doc, name, years)]
    if 0 < len(listed) <= _FEW:
        claims = tuple(claim for clause in listed for claim in _with_heading(index, clause))
        return Told(claims, lead=f"未收录所问的文件; {listed[0].doc.quoted_title}列有它。")
    for doc in index.documents:
        links = [link for link in doc.acts if link.kind == "repeals" and _fits(name, years, link)]
        if len(links) == 1:
            claims = quoting(index.clauses_of(doc.doc_id), (links[0].start, links[0].end))
            return Told(claims, lead=f"未收录{links[0].text}; {doc.quoted_title}写明已将其废止。") if claims else None
    return None


def _fits(name: str, years: Sequence[int], link: Link) -> bool:
    return title_key(link.target) == title_key(name.strip("《》")) or _is_called(name, years, link.text)


def _is_called(name: str, years: Sequence[int], text: str) -> bool:
    key, said = title_key(name.strip("《》")), title_key(text)
    if name[0] == "《" or re.search(r"\d号", name):
        return key in said
    asked = words(name)
    return bool(years) and f"{years[0]}" in said and len(asked) > 1 and all(word in said for word in asked)


def _listed(index: ClauseIndex, doc: Document, name: str, years: Sequence[int]) -> Iterator[Clause]:
    for clause in index.clauses_of(doc.doc_id):
        if clause.leaf and _is_called(name, years, clause.text):
            yield clause


def _with_heading(index: ClauseIndex, clause: Clause) -> tuple[Claim, ...]:
    """Return an entry of a list after the heading that says what becomes of it: 一、予以废止的文件."""
    above, _, _ = clause.path.rpartition(".")
    heading = index.clause_at(clause.doc.doc_id, above) if above else None
    quote = begin(heading) if heading else None
    return (*((Claim(quote.text, (quote,)),) if quote else ()), whole(clause))
