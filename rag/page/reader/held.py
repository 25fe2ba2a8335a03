"""Which held document another one means, by its 文号 or its title."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from index.title_key import title_key
from index.types import Document

if TYPE_CHECKING:
    from index.store import ClauseIndex

_kept: WeakKeyDictionary[ClauseIndex, Held] = WeakKeyDictionary()


class Held:
    """The documents held, by 文号 and by title."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._named: dict[str, list[Document]] = defaultdict(list)
        self._sent: dict[str, list[Document]] = defaultdict(list)
        self._read: dict[str, list[Document]] = defaultdict(list)
        for doc in documents:
            for name in {title_key(doc.title), title_key(doc.doc_no or "")} - {""}:
                self._named[name].append(doc)
            self._sent[doc.parent or ""].append(doc)
            self._read[title_key(doc.interprets or "")].append(doc)

    def meant(self, name: str, by: Document) -> Document | None:
        """Return the one document that a name means where `by` uses it, or None."""
        key = title_key(name)
        found = [doc for doc in self._named.get(key, ()) if doc.doc_id != by.doc_id]
        # A title alone is borne in many places; one's own, and those above and below it, are meant.
        found = [doc for doc in found if key == title_key(doc.doc_no or "") or _of_one_line(doc, by)]
        heads = [doc for doc in found if not doc.parent] or found
        return heads[0] if len(heads) == 1 else None

    def sent_by(self, doc: Document) -> list[Document]:
        """Return the documents that a notice sends."""
        return self._sent.get(doc.doc_id, [])

    def interpreting(self, doc: Document) -> list[Document]:
        """Return the documents that interpret another by its 文号."""
        return self._read.get(title_key(doc.doc_no), []) if doc.doc_no else []


def held_by(index: ClauseIndex) -> Held:
    """Return the documents of an index by their names; made once for each index."""
    held = _kept.get(index)
    if held is None:
        held = _kept[index] = Held(index.documents)
    return held


def _of_one_line(one: Document, other: Document) -> bool:
    depth = min(len(one.region), len(other.region))
    return one.region[:depth] == other.region[:depth]
