"""Whose place it is: the documents that a question means by 第三条, where it names, describes or only points to one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.catalog import Mention, catalog_of
from index.find import locate
from index.named import titles_before
from index.place import Place, fill_in
from index.store import ClauseIndex
from index.title_context import points_back
from index.titles import STRICT
from index.tokens import synonyms, words
from index.types import Document
from rag.answer.refuse import Refusal, held
from rag.question.eligible import documents_of
from rag.question.scope import blanked
from rag.question.understand import Query
from rag.question.wish import Wish, without_asking
from rag.structure.placed import Readings, Target

_CANDIDATES = 20  # documents tried when the question names none; with more it must say which
_NEAREST = 3
_MIN_TITLE = 6  # characters of one that leaves out how it begins
_JOINS = re.compile(r"[和与及、,，]")


@dataclass(frozen=True)
class Whose:
    """Finds the documents of the places in one question; `before` gives the one that answered the turn before."""

    index: ClauseIndex
    query: Query
    wish: Wish
    before: Callable[[], Document | None]

    def targets(self, places: Sequence[Place], carried: Readings) -> list[Target]:
        """Return the places with their documents; one whose document cannot be told is left out."""
        text = self.query.text
        titles = titles_before(text, self.query.named.mentions, places)
        targets: list[Target] = []
        end = 0
        for place in places:
            if not (readings := readings_of(place, carried)):
                continue
            carried = readings
            several = sum(other.start == place.start for other in places) > 1  # 第三条和第七条
            target = Target(readings, place.words if several else text[place.start : place.end])
            listed = several or bool(_JOINS.search(text[end : place.start]))
            targets += [replace(t, listed=listed) for t in self._of(place, target, titles.get(place.start, ""))]
            end = place.end
        return targets

    def _of(self, place: Place, target: Target, title: str) -> list[Target]:
        """Return a place with its document: the one named before it, or by the title before it, or the one meant."""
        if title:
            return [self._titled(target, title)]
        if mention := _mention_of(place, self.query.named.mentions):
            return [self.mentioned(target, mention)]
        return self._meant(place, target)

    def mentioned(self, target: Target, mention: Mention) -> Target:
        """Return the place of a document that the question names."""
        if not mention.documents:
            place = "、".join(r.name for r in self.query.named.regions if r.short not in mention.name)
            return self._not_held(
                target, f"{place}的{mention.name}" if place and mention.name[0] == "《" else mention.name
            )
        target = replace(target, docs=mention.documents, note=mention.note)
        names = names_of(mention.documents)
        if mention.by_interpretation:
            told = f"未收录{mention.name}的原文, 只收录了{names}, 不能据此回答原文的条款。"
            return replace(target, refusal=Refusal("out_of_scope", told))
        if mention.is_ambiguous:
            told = f"“{mention.name}”对应{len(mention.documents)}份文件: {names}。请写明地区、年份或文号。"
            return replace(target, refusal=Refusal("ambiguous", told))
        return target

    def _titled(self, target: Target, title: str) -> Target:
        """Return the place of a document that a title describes (养老服务实施意见第三部分); refuse a title not held."""
        start = self.query.text.find(title)
        spans = self.query.named.spans
        bare = blanked(self.query.text, spans)[start : start + len(title)] if start >= 0 else title
        docs = self.described(without_asking(bare) or bare)
        docs = [doc for doc in docs if doc.doc_id not in {other.parent for other in docs}]  # not the sending notice
        if title[0] == "《" or not docs or STRICT.search(title) and not _shortens(bare.strip(), docs):
            return self._not_held(target, title if title[0] == "《" else f"《{title}》", docs)
        if len(docs) > 1:
            return _which(target, docs)
        return replace(target, docs=tuple(docs), unsaid="没有写全文件名")

    def _meant(self, place: Place, target: Target) -> list[Target]:
        """Return the place of the document meant though none is named: by what is said of it, or by the turn before."""
        query = self.query
        if query.named.missing:
            return []
        said = blanked(query.text[: place.start], [span for span in query.named.spans if span[1] <= place.start])
        about = "" if points_back(said) else without_asking(said)
        if not about and not query.named.spans and query.question.history and (doc := self.before()):
            return [replace(target, docs=(doc,))]
        docs = self.described(about)
        docs = [doc for doc in docs if doc.parent not in {other.doc_id for other in docs}]  # found with their notices
        if len(docs) > 1:
            docs = self._having(docs, target.readings) or docs
        if len(docs) == 1:
            unsaid = "没有写明文件" if len(self.index.documents) > 1 else ""
            return [replace(target, docs=tuple(docs), unsaid=unsaid)]
        return [_which(target, docs)] if docs and not about and self.wish.kind != "ask" else []

    def described(self, about: str) -> list[Document]:
        """Return the documents of the place and year named whose titles have all the words that describe one."""
        asked = [(word, *synonyms(word)) for word in words(about)]
        titled = catalog_of(self.index.documents).normal_titles
        docs = documents_of(self.index, self.query.named)
        return [doc for doc in docs if all(any(form in titled[doc.doc_id] for form in forms) for forms in asked)]

    def nearest(self, about: str) -> list[Document]:
        """Return the documents of the place and year named whose titles have most of the words, if no others have as many."""
        asked = [(word, *synonyms(word)) for word in words(about)]
        titled = catalog_of(self.index.documents).normal_titles
        docs = documents_of(self.index, self.query.named)
        shares = {doc: sum(any(form in titled[doc.doc_id] for form in forms) for forms in asked) for doc in docs}
        most = max(shares.values(), default=0)
        return [doc for doc, share in shares.items() if share == most] if most * 3 >= 2 * len(asked) else []

    def _having(self, docs: Sequence[Document], readings: Readings) -> list[Document]:
        """Return the documents that have a place and call it so; none if there are too many to try."""
        if len(docs) > _CANDIDATES:
            return []
        found = [(doc, locate(self.index, [doc], readings).resolved) for doc in docs]
        return [doc for doc, resolved in found if resolved.nodes and not resolved.loose and not resolved.is_ambiguous]

    def _not_held(self, target: Target, name: str, similar: Sequence[Document] = ()) -> Target:
        beside = f"名称相近的有{names_of(similar)}。" if similar else held(self.index.documents)
        return replace(target, docs=tuple(similar), refusal=Refusal("out_of_scope", f"未收录{name}。{beside}"))


def readings_of(place: Place, before: Readings) -> Readings:
    """Return what a place may mean after another; none if it only points to one that is not there."""
    found = [reading for one in before for reading in fill_in(place, one)] or fill_in(place, None)
    label = [Place((), place.start, place.end, place.label_of)] if place.label_of else []
    return tuple(dict.fromkeys([*found, *label]))


def _mention_of(place: Place, mentions: Sequence[Mention]) -> Mention | None:
    """Return the document that a place is of: the one named last before it, else the first after it."""
    before = [m for m in mentions if m.end <= place.start or (m.path and m.start == place.start)]
    after = [m for m in mentions if m.start >= place.end]
    return max(before, key=lambda m: m.end, default=None) or next(iter(after), None)


def _shortens(title: str, docs: Sequence[Document]) -> bool:
    """True if a title only leaves out how another begins: 加装电梯管理办法 of 既有住宅加装电梯管理办法."""
    return len(docs) == 1 and len(title) >= _MIN_TITLE and docs[0].title.endswith(title)


def names_of(docs: Sequence[Document]) -> str:
    """Return the first few titles, and how many there are."""
    more = f"等{len(docs)}份文件" if len(docs) > _NEAREST else ""
    return "、".join(doc.quoted_title for doc in docs[:_NEAREST]) + more


def _which(target: Target, docs: Sequence[Document]) -> Target:
    told = f"请写明是哪一份文件的{target.said}。可能是: {names_of(docs)}。"
    return replace(target, docs=tuple(docs), refusal=Refusal("ambiguous", told))
