"""Are two documents the same one? A copy, another version of it, or a document of its own.

Two texts are a COPY if they are equal but for spaces and punctuation, and nothing that both say of themselves
differs (文号, place, year); a text under 200 characters, such as `同意你局的请示。`, needs a like title too.

They are VERSIONS of one document

  * if they have the same 文号 and a like title (0.9 and above) or half of the text in common: the number is given
    once, but an annex published apart may carry the number of its notice (another title, another text);
  * if they would have the same doc_id, at least one has no 文号, nothing that both say differs, and they have half
    of the text in common: the same title is issued every year, `关于做好春节期间有关工作的通知`;
  * if they come from files of one name, nothing that both say differs, and nine tenths of the text are common: an
    office corrected the title or the number of a file.

Everything else is another document, even if its doc_id would be the same: 青府办发〔2015〕18号 and 清府办发〔2015〕18号 are
both `changfubanfa-2012-33`. A document and one that it sends (its `parent`) are never versions of each other,
nor are two that are sent by the same file.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from enum import IntEnum
from functools import cached_property
from pathlib import PurePath

from index.types import Document

WithText = Callable[[str], Iterable[Document]]

_GRAM = 4  # characters; as long as most words, so that a shared gram is a shared phrase
_SHORT = 200
_LIKE_TITLE = 0.9
_HALF = 0.5
_NEARLY_ALL = 0.9
_NUMBERED = re.compile(r"(.+)-\d{1,3}")


class Relation(IntEnum):
    """What one document is to another, the closer the higher."""

    OTHER = 0
    VERSION = 1
    COPY = 2


class Known:
    """A document with what it is compared by, worked out once."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc

    @cached_property
    def words(self) -> str:
        return normal_text(self.doc.text)

    @cached_property
    def key(self) -> str:
        return text_key(self.doc.text)

    @cached_property
    def title(self) -> str:
        """The title, empty where the file's name had to serve as one."""
        is_name = self.doc.title == PurePath(self.doc.source).stem
        return "" if is_name else normal_text(self.doc.title)

    @cached_property
    def grams(self) -> Counter[str]:
        return Counter(self.words[i : i + _GRAM] for i in range(max(1, len(self.words) - _GRAM + 1)))


def relation(a: Known, b: Known) -> Relation:
    """Return what two documents are to each other; the rule is the module's docstring."""
    if _are_siblings(a.doc, b.doc):
        return Relation.OTHER
    contradict = _contradict(a.doc, b.doc)
    like_title = title_likeness(a, b) >= _LIKE_TITLE
    if a.key == b.key and not contradict and (len(a.words) >= _SHORT or like_title or not (a.title and b.title)):
        return Relation.COPY
    if bool(a.doc.parent) != bool(b.doc.parent):
        return Relation.OTHER
    if a.doc.doc_no and a.doc.doc_no == b.doc.doc_no:
        return Relation(like_title or text_likeness(a, b) >= _HALF)
    if contradict:
        return Relation.OTHER
    same_id = a.doc.doc_id in ids_of(b.doc.doc_id) or b.doc.doc_id in ids_of(a.doc.doc_id)
    if same_id and text_likeness(a, b) >= _HALF:
        return Relation.VERSION
    return Relation(a.doc.source == b.doc.source and text_likeness(a, b) >= _NEARLY_ALL)


def text_likeness(a: Known, b: Known) -> float:
    """Return the part of the two texts that is common, 0 to 1, by runs of four characters."""
    shared = (a.grams & b.grams).total()
    return 2 * shared / (a.grams.total() + b.grams.total())


def title_likeness(a: Known, b: Known) -> float:
    from rapidfuzz.fuzz import ratio

    return float(ratio(a.title, b.title)) / 100 if a.title and b.title else 0.0


def normal_text(text: str) -> str:
    """Return a text by its letters and digits alone: two formats of a file differ in the rest."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def text_key(text: str) -> str:
    """Return what is the same for equal texts."""
    return hashlib.sha256(normal_text(text).encode("utf-8", "surrogatepass")).hexdigest()


class Register:
    """Documents to find a newcomer's twin among.

    `with_text` returns those of `documents` whose text has a key: to read all that are held for it would take minutes.
    """

    def __init__(self, documents: Iterable[Document] = (), with_text: WithText = lambda key: ()) -> None:
        self._by: defaultdict[tuple[str, str], list[Known]] = defaultdict(list)
        self._with_text = with_text
        for doc in documents:
            self._put(Known(doc), _signs(doc))

    def add(self, known: Known) -> None:
        """Put in a document that `with_text` does not know."""
        self._put(known, [*_signs(known.doc), ("text", known.key)])

    def twin_of(self, known: Known) -> tuple[Relation, Document | None]:
        """Return the closest of the documents and what it is to the newcomer: OTHER and None if none is the same."""
        signs = [*_signs(known.doc), ("text", known.key), *(("id", doc.doc_id) for doc in self._with_text(known.key))]
        near = {id(other): other for sign in signs for other in self._by.get(sign, ())}
        ranked = [(relation(known, other), other.doc.doc_id == known.doc.doc_id, other) for other in near.values()]
        best = max(ranked, key=lambda item: item[:2], default=None)
        return (best[0], best[2].doc) if best and best[0] else (Relation.OTHER, None)

    def _put(self, known: Known, signs: Iterable[tuple[str, str]]) -> None:
        for sign in [*signs, *(("id", name) for name in ids_of(known.doc.doc_id))]:
            self._by[sign].append(known)


def ids_of(doc_id: str) -> set[str]:
    """Return an ID, and the one it was numbered from when another document had that: `x-2012-33-2` of `x-2012-33`."""
    match = _NUMBERED.fullmatch(doc_id)
    return {doc_id, match[1]} if match else {doc_id}


def _signs(doc: Document) -> list[tuple[str, str]]:
    """Return what a twin would share at least one of, but for the text."""
    signs = [("id", doc.doc_id), ("source", doc.source)]
    return [*signs, ("number", doc.doc_no)] if doc.doc_no else signs


def _are_siblings(a: Document, b: Document) -> bool:
    """True for two of the documents that one file sends: 目录(一) and 目录(二) are like each other, and two."""
    if not a.parent or not b.parent or (a.source, a.sha256) != (b.source, b.sha256):
        return False
    return a.doc_id.removeprefix(a.parent) != b.doc_id.removeprefix(b.parent)


def _contradict(a: Document, b: Document) -> bool:
    """True if both say something of themselves that cannot be so of one document."""
    pairs = ((a.doc_no, b.doc_no), (a.adcode, b.adcode), (a.year, b.year))
    return any(one and other and one != other for one, other in pairs)
