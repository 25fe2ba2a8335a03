"""What the reader is asked to open: a document and the clause in it, or what is near where there is neither."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from index.types import Clause, Document

if TYPE_CHECKING:
    from index.store import ClauseIndex

_NEAR = 6  # documents that are offered in place of one that is not held


@dataclass(frozen=True, slots=True)
class Target:
    """A document, and the clause in it that is meant; None for the document as a whole."""

    doc: Document
    clause: Clause | None = None

    @property
    def id(self) -> str:
        return self.clause.clause_id if self.clause else self.doc.doc_id


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that nothing held bears: what comes near it, and the document it would be in if that is held."""

    name: str
    doc: Document | None = None
    clauses: tuple[Clause, ...] = ()
    documents: tuple[Document, ...] = ()


def find_target(index: ClauseIndex, name: str) -> Target | Missing:
    """Return what an ID, a label or a 文号 means, or what is near."""
    found = index.find(name)
    if isinstance(found, Clause):
        return Target(found.doc, found)
    if isinstance(found, Document):
        return Target(found)
    return _near(index, name)


def _near(index: ClauseIndex, name: str) -> Missing:
    held = {doc.doc_id.lower(): doc for doc in index.documents}
    steps = name.strip().lower().split(".")
    for at in range(len(steps) - 1, 0, -1):
        if doc := held.get(".".join(steps[:at])):
            return Missing(name, doc, tuple(_around(index.clauses_of(doc.doc_id), steps[at:])))
    return Missing(name, documents=tuple(_alike(name, index.documents)))


def _around(clauses: Sequence[Clause], steps: Sequence[str]) -> list[Clause]:
    """Return the clause that a path lies under, as far as it exists, and those right below that."""
    paths = {clause.path.lower(): clause for clause in clauses}
    above = next((p for n in range(len(steps), 0, -1) if (p := ".".join(steps[:n])) in paths), "")
    within = [c for path, c in paths.items() if (path.rpartition(".")[0] if "." in path else "") == above]
    return ([paths[above]] if above else []) + within[:_NEAR]


def _alike(name: str, documents: Sequence[Document]) -> list[Document]:
    """Return the documents whose ID, 文号 or title is most like a name; the first ones where none is."""
    wanted = re.sub(r"\s", "", name.lower())[:80]

    def likeness(doc: Document) -> float:
        names = (doc.doc_id.lower(), doc.doc_no or "", doc.title)
        return max(SequenceMatcher(None, wanted, other, autojunk=False).ratio() for other in names if other)

    return sorted(documents, key=likeness, reverse=True)[:_NEAR]
