"""The one resolver of IDs, labels and places: which clauses of which document a name means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from index.catalog import Mention, catalog_of
from index.named import find_documents, narrow
from index.outline import Outline, Resolved
from index.place import Place
from index.place_words import plain, read_places
from index.titles import normal_title
from index.types import Clause, Document

if TYPE_CHECKING:
    from index.store import ClauseIndex

_MAX_OUTLINES = 512  # kept of an index: a question reads a few
_outlines: WeakKeyDictionary[ClauseIndex, dict[str, Outline]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Located:
    """What a place names in a document, or in one that it sends; `also` are others of its family that have it too."""

    doc: Document
    resolved: Resolved
    also: tuple[Clause, ...] = ()

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses named, each with all below it."""
        return tuple(dict.fromkeys(clause for node in self.resolved.nodes for clause in node.clauses))


def find(index: ClauseIndex, name: str) -> Clause | Document | None:
    """Return the one clause or document that an ID, a 文号, a title or a label names in any usual form, or None."""
    wanted = name.strip()
    if found := _by_id(index, wanted):
        return found
    mentions = find_documents(wanted, index.documents)
    if not mentions or wanted[: mentions[0].start].strip(" 《"):
        return None
    mention = _titled_so(mentions[0]) or narrow(mentions[0], lambda doc: index.validity(doc).status)
    if mention.is_ambiguous or mention.by_interpretation or not mention.documents:
        return None
    rest = wanted[mention.end :].strip()
    if not rest and not mention.path:
        return mention.documents[0]
    return _labelled(index, mention, wanted, rest)


def outline_of(index: ClauseIndex, doc: Document) -> Outline:
    """Return a document's clauses as a tree; those asked for lately are kept."""
    kept = _outlines.setdefault(index, {})
    outline = kept.pop(doc.doc_id, None) or Outline(index.clauses_of(doc.doc_id))
    kept[doc.doc_id] = outline
    while len(kept) > _MAX_OUTLINES:
        kept.pop(next(iter(kept)), None)
    return outline


def locate(index: ClauseIndex, docs: Sequence[Document], places: Sequence[Place]) -> Located:
    """Return what the first of some readings of a place that exists names in a document or in one that it sends.

    A clause that is called so (第三条) goes before one that is only counted so (三、). If there is none,
    the answer has no nodes and is of the document that has most of the kind.
    """
    family = family_of(index, docs)
    found: list[Located] = []
    for place in places:
        found = [_located(index, doc, place) for doc in family]
        held = [one for one in found if one.resolved.nodes]
        if held:
            first, *rest = sorted(held, key=lambda one: (one.resolved.loose, one.resolved.is_ambiguous))
            return Located(first.doc, first.resolved, tuple(c for one in rest for c in one.clauses[:1]))
    return max(found, key=lambda one: len(one.resolved.siblings))


def _located(index: ClauseIndex, doc: Document, place: Place) -> Located:
    """Resolve a place in one document; its 附件1 may be kept as a document of its own."""
    resolved = outline_of(index, doc).resolve(place)
    sent = catalog_of(index.documents).sent_by(doc)
    if resolved.nodes or not sent or not place.steps or place.steps[0].unit != "附件":
        return Located(doc, resolved)
    number = place.steps[0].number or (1 if len(sent) == 1 else 0)
    if not 0 < number <= len(sent):
        return Located(doc, resolved)
    annex = sent[number - 1]
    outline = outline_of(index, annex)
    rest = place.steps[1:]
    return Located(annex, outline.resolve(Place(rest)) if rest else Resolved((outline.root,), outline.root))


def family_of(index: ClauseIndex, docs: Sequence[Document]) -> list[Document]:
    """Return documents with those that they send after them."""
    catalog = catalog_of(index.documents)
    heads = [doc for doc in docs if not doc.parent] + [doc for doc in docs if doc.parent]
    sent = [sent for doc in heads for sent in catalog.sent_by(doc)]
    return list({doc.doc_id: doc for doc in (*heads, *sent)}.values())


def _titled_so(mention: Mention) -> Mention | None:
    """Return a mention with the one document whose whole title it is, in force or not: its own label says no more."""
    docs = [doc for doc in mention.documents if normal_title(doc.title) == normal_title(mention.name)]
    return replace(mention, documents=tuple(docs)) if len(docs) == 1 else None


def _by_id(index: ClauseIndex, name: str) -> Clause | Document | None:
    """Return what a doc_id or a clause_id names; both may hold dots."""
    cuts = [i for i, char in enumerate(name) if char == "."]
    if not name.isascii() or not name:
        return None
    held = {doc.doc_id: doc for doc in catalog_of(index.documents).by_ids([name, *(name[:i] for i in cuts)])}
    if name in held:
        return held[name]
    return next(
        (c for i in reversed(cuts) if name[:i] in held and (c := index.clause_at(name[:i], name[i + 1 :]))), None
    )


def _labelled(index: ClauseIndex, mention: Mention, wanted: str, rest: str) -> Clause | None:
    """Return the clause that a label names after its document: by its own words, else as a place."""
    for doc in mention.documents if rest else ():
        if node := outline_of(index, doc).labelled(plain(rest)):
            return node.clause
    places = [Place((), path=mention.path)] if mention.path else read_places(wanted, [(mention.start, mention.end)])
    if len(places) != 1 or (places[0].end and wanted[places[0].end :].strip(" .。、")):
        return None
    located = locate(index, mention.documents, places)
    return located.clauses[0] if len(located.resolved.nodes) == 1 and located.clauses else None
