"""Which held documents a text names, and which of several bearers of a name is meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from index.catalog import Mention, catalog_of
from index.place import Place
from index.regions import Region, contains, region_by_adcode
from index.title_context import title_before
from index.titles import Status, by_preference, work_of, years_of
from index.types import Document
from index.validity import UNKNOWN

_WIDE_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_WITHOUT_PLACE = 3  # of a mention's `far`: from here on the name lacks the document's place


def find_documents(text: str, documents: Sequence[Document]) -> list[Mention]:
    """Return the documents that a text names, in order; one that is not held has no `documents`."""
    catalog = catalog_of(documents)
    text = text.translate(_WIDE_DIGITS)  # of the same length: the offsets stay
    titles = sorted(
        [*catalog.quoted(text), *catalog.unquoted(text)], key=lambda m: m.start - m.end
    )  # the longest first
    found: list[Mention] = []
    for mention in (*catalog.ids(text), *catalog.orders(text), *catalog.numbers(text), *titles, *catalog.shared(text)):
        if not any(m.start < mention.end and mention.start < m.end for m in found):
            found.append(mention)
    return sorted(found, key=lambda m: m.start)


def narrow(mention: Mention, status: Status, regions: Sequence[Region] = (), years: Sequence[int] = ()) -> Mention:
    """Return a mention with those of its documents that the places and years around it leave.

    Of versions of one document it leaves the one in force, or the newest, and says so.
    """
    docs = list(mention.documents)
    if len(docs) > 1 or mention.far >= _WITHOUT_PLACE:  # named without its place
        docs = _of_places(docs, regions) or (docs if mention.far < _WITHOUT_PLACE else [])
    if len(docs) > 1:
        docs = [d for d in docs if years_of(d) & set(years)] or docs
    works: dict[tuple[str, str | None], list[Document]] = defaultdict(list)
    for doc in docs:
        works[work_of(doc)].append(doc)
    preferred = [by_preference(versions, mention.name, status) for versions in works.values()]
    chosen = tuple(versions[0] for versions in preferred)
    note = _versions_note(preferred[0], status) if len(chosen) == 1 and len(docs) > 1 else ""
    return replace(mention, documents=chosen, note=note)


def titles_before(text: str, mentions: Sequence[Mention], places: Sequence[Place]) -> dict[int, str]:
    """Return the titles that stand right before places and are no document held, by the start of the place."""
    taken = [(m.start, m.end) for m in mentions if m.end > 0] + [(p.start, p.end) for p in places]
    chars = list(text)
    for start, end in taken:
        chars[start:end] = "\n" * (end - start)
    bare = "".join(chars)
    found = {place.start: title_before(bare, place.start) for place in places}
    return {start: title for start, title in found.items() if title}


def _of_places(docs: Sequence[Document], regions: Sequence[Region]) -> list[Document]:
    """Return the documents of the places named, else those of what the places lie in; all if none is named."""
    own = {doc.doc_id: region_by_adcode(doc.adcode) for doc in docs if doc.adcode}
    there = [doc for doc in docs if own.get(doc.doc_id) in regions]
    above = [doc for doc in docs if doc.doc_id in own and any(contains(own[doc.doc_id], r) for r in regions)]
    return there or above if regions else list(docs)


def _versions_note(versions: Sequence[Document], status: Status) -> str:
    first, *others = (_version(doc, status(doc)) for doc in versions)
    return f"(同名文件收录了{len(versions)}个版本, 此处依据{first}版本, 另有{'、'.join(others)}版本。)"


def _version(doc: Document, state: str) -> str:
    return f"{max(years_of(doc), default='年份不明')}年" + (f"({state})" if state != UNKNOWN else "")
