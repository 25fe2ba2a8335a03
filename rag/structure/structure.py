"""Questions that name a place in a document's structure: answered by the place, never by similarity."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

from index.catalog import LOOSE, Mention
from index.find import family_of, outline_of
from index.named import find_documents
from index.place import Place, Step
from index.place_words import read_places
from index.store import ClauseIndex
from index.titles import QUOTED
from index.types import Document
from rag.answer.turn import Part
from rag.checking.quote import heading_of
from rag.question.scope import blanked
from rag.question.understand import Query, is_elliptical, plain_text
from rag.question.wish import Wish, wish_of
from rag.structure.facts import answer_fact, fact_asked
from rag.structure.placed import Readings, Target, answer_places
from rag.structure.whose import Whose, readings_of

_TURNS = 6  # before this one, in which 第二款 looks for its article
_CALLED_SO = re.compile(r"[这那该]?一?(?:[章编节]|部分)")  # 法律责任|一章
_AFTER_NAME = re.compile(r"\s*(?:文件|文)?[\s的之中里,，:：]*[“\"「]?\s*")
_FAMILY = 3  # documents of one name whose labels are tried

Search = Callable[[Query], Part]
Before = Callable[[], Document | None]
Spans = Sequence[tuple[int, int]]


class Structure:
    """Answers the questions about one index that name a place."""

    def __init__(self, index: ClauseIndex) -> None:
        self._index = index

    def parts(self, query: Query, search: Search, before: Before) -> tuple[Part, ...]:
        """Return a part for each document in which the question names a place; none if it names none.

        `search` answers a query within its scope; `before` returns the document that answered the turn before.
        """
        places = self._places(query.text, query.named.mentions)
        spans = [
            *query.named.spans,
            *((p.start, p.end) for p in places),
            *(m.span() for m in QUOTED.finditer(query.text)),
        ]
        wish = wish_of(query.text, spans)
        carried = self._carried(query) if query.question.history else ()
        if not places:
            asked = fact_asked(query.text, spans, is_named=bool(query.named.mentions))
            known = (answer_fact(self._index, query, one, before) for one in asked)
            told = next(filter(None, known), ())
            return told or self._without_place(query, spans, wish, carried, search, before)
        targets = Whose(self._index, query, wish, before).targets(places, carried)
        if any(target.unsaid for target in targets):  # what describes the document is not asked of it
            spans.append((0, places[0].start))
            wish = wish_of(query.text, spans)
        query = replace(query, topic=" ".join(blanked(query.text, spans).split()) or query.topic)
        groups = [list(group) for _, group in groupby(targets, key=lambda t: (t.refusal, [d.doc_id for d in t.docs]))]
        return tuple(part for group in groups for part in answer_places(self._index, query, group, wish, search))

    def _places(self, text: str, mentions: Sequence[Mention]) -> list[Place]:
        """Return the places that a text names, in order: in words, in a clause_id, or as the label of a clause.

        A label that says more than the words wins; what stands in a title is no place.
        """
        own = [m for m in mentions if m.end > 0]
        spans = [(m.start, m.end) for m in own] + [m.span() for m in QUOTED.finditer(text)]
        read = read_places(text, spans)
        labels = [label for m in own if not m.path and (label := self._label(text, m))]
        for label in labels:
            same = [p for p in read if label.start <= p.start < label.end]
            if any(p.end >= label.end for p in same):  # the words say as much
                read = [replace(p, label_of=label.path) if p in same and p.end == label.end else p for p in read]
            else:
                read = [p for p in read if p not in same] + [label]
        ids = [Place((), m.start, m.end, m.path) for m in own if m.path]
        return sorted([*read, *ids], key=lambda place: place.start)

    def _label(self, text: str, mention: Mention) -> Place | None:
        """Return the clause whose label follows a document's name: 《X预案》2.2(1)."""
        after = _AFTER_NAME.match(text, mention.end)
        start = after.end() if after else mention.end
        for doc in mention.documents[:_FAMILY]:
            found = outline_of(self._index, doc).label_at(text, start)
            if found and found[0].clause:
                return Place((), start, found[1], found[0].clause.path)
        return None

    def _carried(self, query: Query) -> Readings:
        """Return the place that the turns before speak of: what 第二款 and 该条 are about."""
        carried: Readings = ()
        for earlier in query.question.history[-_TURNS:]:
            text = plain_text(earlier)
            mentions = find_documents(text, self._index.documents)
            places = self._places(text, mentions)
            if places:
                carried = readings_of(places[-1], () if mentions else carried)
            elif mentions:
                carried = ()
        return carried

    def _without_place(
        self, query: Query, spans: Spans, wish: Wish, carried: Readings, search: Search, before: Before
    ) -> tuple[Part, ...]:
        """Answer how many articles a document has, what its 附则 says, and a follow-up on the place before: 谁负责?"""
        mentions = query.named.mentions
        if (
            wish.kind == "count"
            and query.question.history
            and not (mentions or query.named.spans)
            and (doc := before())
        ):
            mentions = (Mention(-1, -1, doc.quoted_title, (doc,)),)  # 一共有多少条, of what was just spoken of
        if len(mentions) != 1 or not mentions[0].documents or mentions[0].far >= LOOSE:
            return ()
        target = Whose(self._index, query, wish, lambda: None).mentioned(Target(carried, ""), mentions[0])
        if carried and mentions[0].end < 0 and is_elliptical(query.own_topic) and _asks_within(wish, carried[0]):
            parts = answer_places(self._index, query, [target], wish, search)
            return () if any(part.refusal for part in parts) else tuple(parts)
        if wish.kind in ("count", "list"):
            docs = target.docs if target.refusal else self._counted(target.docs, wish)
            target = replace(target, readings=(Place(()),), docs=docs)
            return tuple(answer_places(self._index, query, [target], wish, search))
        headed = self._headed(query.text, spans, target.docs) if wish.kind in ("ask", "penalty") else None
        wish = wish_of(query.text, [*spans, (headed.start, headed.end)]) if headed else wish
        if not headed or wish.kind == "ask":
            return ()
        target = replace(target, readings=(headed,), said=query.text[headed.start : headed.end])
        return tuple(answer_places(self._index, query, [target], wish, search))

    def _headed(self, text: str, spans: Spans, docs: Sequence[Document]) -> Place | None:
        """Return the one chapter or part that a text calls by its heading: 附则, 法律责任一章."""
        bare = blanked(text, spans)
        nodes = [node for doc in docs for node in outline_of(self._index, doc).by_path.values()]
        headings = [(heading_of(node.clause), node.clause.path) for node in nodes if node.children and node.clause]
        said = [(heading, path) for heading, path in headings if len(heading) > 1 and heading in bare]
        if len(said) != 1:
            return None
        heading, path = said[0]
        start = bare.index(heading)
        called = _CALLED_SO.match(bare, start + len(heading))
        return Place((), start, called.end() if called else start + len(heading), path)

    def _counted(self, docs: Sequence[Document], wish: Wish) -> tuple[Document, ...]:
        """Return the document whose articles are counted: of a notice and what it sends, the one that has any."""
        family = family_of(self._index, docs)
        unit = wish.unit or "条"
        counts = {doc.doc_id: outline_of(self._index, doc).count(unit) for doc in family}
        exact = [doc for doc in family if any(node.unit == unit for node in counts[doc.doc_id])]
        return tuple([*exact, *(doc for doc in family if counts[doc.doc_id]), *family][:1])


def _asks_within(wish: Wish, place: Place) -> bool:
    """True if a follow-up that names no place can be about that of the turn before: 谁负责, 怎么罚, 有几款; but not 共有几条."""
    if wish.kind in ("ask", "penalty"):
        return True
    below = not place.steps or Step(wish.unit or "条", 1).level > place.steps[-1].level
    return wish.kind in ("count", "list") and below
