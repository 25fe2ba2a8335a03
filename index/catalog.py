"""The names of the documents held, and where a text uses one: IDs, 文号, titles in 书名号 or without."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.doc_numbers import find_numbers
from index.figures import DOC_NO, normal_doc_no
from index.place_words import plain
from index.title_context import GOES_ON, begins_after, is_of_others, is_part_of_another, place_before, quote_around
from index.titles import (
    QUOTED,
    STRICT,
    VERSION,
    asked_forms,
    normal_title,
    starts_with_place,
    title_forms,
    version_year,
    years_of,
)
from index.types import Document

_BARE_SERIAL = re.compile(r"(?<!\d)0*(\d{1,4})\s*号(?:文件|文|令|通知|意见|方案|办法|规定)")
_YEAR_SERIAL = re.compile(r"[〔\[［(（【]\s*((?:19|20)\d{2})\s*[〕\]］)）】]\s*0*(\d{1,4})\s*号")
_ID = re.compile(r"(?<![A-Za-z0-9._-])[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*", re.ASCII)
_ID_SHAPE = re.compile(r"[a-z]{4,}-(?:19|20)\d{2}-[a-z0-9]+")  # an ID as they are made, though none is held
_ORDER = re.compile(r"(?:令|公告|通告|公报)(?:\d{4}年|〔.{1,4}届〕)?第(?P<serial>\d+)号$")
_MIN_SHARED = 12  # characters of a title that a text must repeat to mean that document
_MIN_UNQUOTED = 6  # a shorter title is a common word unless it is a law's: 工作安排, but 劳动法
_MIN_LAW = 3
_MIN_CONTAINED = 6
_LEFT = 30  # characters looked at before a title
LOOSE = 6  # of `far`: no longer the title as such


@dataclass(frozen=True, slots=True)
class Mention:
    """A document named in a text: where, by what name, and the held documents that bear it.

    `far` says how far the name is from their titles (0: exact); `path` is what follows a doc_id
    in a clause_id; `note` says which of several versions was taken.
    """

    start: int
    end: int
    name: str
    documents: tuple[Document, ...]
    far: int = 0
    path: str = ""
    note: str = ""
    by_interpretation: bool = False  # only a 解读 of the document of that 文号 is held

    @property
    def is_ambiguous(self) -> bool:
        """True if it may mean documents that have nothing to do with one another: no notice and what it sends."""
        heads = {doc.parent or doc.doc_id for doc in self.documents}
        numbers = {doc.doc_no for doc in self.documents}
        return len(heads) > 1 and (len(numbers) > 1 or None in numbers)


class Catalog:
    """The names of the documents held, ready to be looked for in texts."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents
        self._by_id = {doc.doc_id.lower(): doc for doc in documents}
        self._sent: dict[str, list[Document]] = defaultdict(list)
        for doc in documents:
            if doc.parent:
                self._sent[doc.parent].append(doc)
        self._by_serial: dict[tuple[str, str], list[Document]] = defaultdict(list)
        self._by_serial_alone: dict[str, list[Document]] = defaultdict(list)
        for doc in documents:
            for match in _numbers(doc):
                self._by_serial[match["year"], match["serial"]].append(doc)
                self._by_serial_alone[match["serial"]].append(doc)
        self._by_order: dict[str, list[Document]] = defaultdict(list)
        for doc in documents:
            if order := _ORDER.search(doc.doc_no or ""):
                self._by_order[order[0]].append(doc)
                self._by_serial_alone[order["serial"]].append(doc)

    @cached_property
    def normal_titles(self) -> dict[str, str]:
        """The documents' titles as they are compared, by ID."""
        return {doc.doc_id: normal_title(doc.title) for doc in self.documents}

    @cached_property
    def places_and_years(self) -> list[str]:
        """The place and year of each document as people say them, each once, in order."""
        return list(dict.fromkeys(_place_and_year(doc) for doc in self.documents))

    @cached_property
    def _forms(self) -> dict[str, list[tuple[int, Document]]]:
        forms: dict[str, list[tuple[int, Document]]] = defaultdict(list)
        for doc in self.documents:
            for form, far in title_forms(doc).items():
                forms[form].append((far, doc))
        return forms

    @cached_property
    def _lengths(self) -> list[int]:
        return sorted({len(form) for form in self._forms}, reverse=True)

    @cached_property
    def _beginnings(self) -> set[str]:
        return {form[:_MIN_LAW] for form in self._forms}

    @cached_property
    def _runs(self) -> dict[str, set[int]]:
        """Return where each run of characters that a text must share with a title stands: its documents' places."""
        runs: dict[str, set[int]] = defaultdict(set)
        for at, doc in enumerate(self.documents):
            for i in range(len(doc.title) - _MIN_SHARED + 1):
                runs[doc.title[i : i + _MIN_SHARED]].add(at)
        return runs

    def by_ids(self, names: Sequence[str]) -> list[Document]:
        """Return the documents whose IDs are among the names."""
        return [self._by_id[name.lower()] for name in names if name.lower() in self._by_id]

    def sent_by(self, doc: Document) -> list[Document]:
        """Return the documents that a notice sends, in order."""
        return self._sent.get(doc.doc_id, [])

    def ids(self, text: str) -> Iterator[Mention]:
        """Yield the doc_ids and clause_ids of a text; one of the usual shape that is not held is missing."""
        for match in _ID.finditer(text):
            parts = match[0].split(".")
            heads = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
            head = next((h for h in heads if h.lower() in self._by_id and re.search("[A-Za-z]", h)), None)
            if head:
                path = match[0][len(head) + 1 :]
                yield Mention(*match.span(), head, (self._by_id[head.lower()],), path=path)
            elif _ID_SHAPE.match(match[0]):
                yield Mention(*match.span(), parts[0], ())

    def orders(self, text: str) -> Iterator[Mention]:
        """Yield the numbers of orders in a text: 国务院令第709号, and 市政府令第233号 by its number alone."""
        for number in find_numbers(text):
            if order := _ORDER.search(number.value):
                held = self._by_order.get(order[0], [])
                own = [doc for doc in held if doc.doc_no == number.value]
                yield Mention(number.start, number.end, number.value, tuple(own or held))

    def numbers(self, text: str) -> Iterator[Mention]:
        """Yield the 文号 of a text, whole, without their 机关代字 or as a bare 33号文."""
        for match in DOC_NO.finditer(text):
            held = self._by_serial.get((match["year"], match["serial"]), [])
            docs = [d for d in held if any(match["agency"].endswith(m["agency"]) for m in _numbers(d))]
            yield _numbered(match, normal_doc_no(match), docs)
        for match in _YEAR_SERIAL.finditer(text):
            yield _numbered(match, match[0], self._by_serial.get((match[1], match[2]), []))
        for match in _BARE_SERIAL.finditer(text):
            yield _numbered(match, match[0], self._by_serial_alone.get(match[1], []))

    def quoted(self, text: str) -> Iterator[Mention]:
        """Yield the titles in 书名号 of documents held, by the closest of their forms, else by what holds them."""
        for match in QUOTED.finditer(text):
            far, docs = self.titled(match[0])
            if docs:
                yield Mention(*match.span(), match[0], tuple(docs), far)

    def titled(self, name: str) -> tuple[int, list[Document]]:
        """Return the documents that a title names, and how far it is from theirs; none if it is another's."""
        best: tuple[int, list[Document]] = (99, [])
        for form, asked_far in asked_forms(name).items():
            for far, doc in self._forms.get(form, []):
                if asked_far + far and is_of_others(name, doc):
                    continue
                if asked_far + far < best[0]:
                    best = (asked_far + far, [])
                if asked_far + far == best[0] and doc not in best[1]:
                    best[1].append(doc)
        if not best[1]:
            best = (LOOSE, self._holding(normal_title(name)))
        year = version_year(name)
        return best[0], [doc for doc in best[1] if not year or not years_of(doc) or year in years_of(doc)]

    def _holding(self, name: str) -> list[Document]:
        """Return the documents whose titles hold a name whole; 劳动合同法 holds a 合同法 that is another law."""
        if len(name) < _MIN_CONTAINED or STRICT.search(name):
            return []
        return [doc for doc in self.documents if name in self.normal_titles[doc.doc_id]]

    def unquoted(self, text: str) -> Iterator[Mention]:
        """Yield the titles that stand in a text without 书名号; one that goes on as another title is missing."""
        said, at = _squeezed(text)
        quotes = [m.span() for m in QUOTED.finditer(text)]
        i = 0
        while i < len(said):
            begins = said[i : i + _MIN_LAW] in self._beginnings
            length = next((n for n in self._lengths if self._is_title(said[i : i + n], n)), 0) if begins else 0
            span = (at[i], at[i + length - 1] + 1) if length else (0, 0)
            if not length or any(
                s < span[1] and span[0] < e and not (span[0] <= s and e <= span[1]) for s, e in quotes
            ):
                i += 1
                continue
            if mention := self._unquoted_at(said, i, length, span):
                yield mention
                i += len(normal_title(mention.name))
            else:
                i += 1

    def _is_title(self, form: str, length: int) -> bool:
        if len(form) < length or form not in self._forms:
            return False
        return length >= _MIN_UNQUOTED or length >= _MIN_LAW and bool(STRICT.search(form))

    def _unquoted_at(self, said: str, i: int, length: int, span: tuple[int, int]) -> Mention | None:
        form = said[i : i + length]
        far, docs = self.titled(form)
        if version := VERSION.match(said, i + length):  # X办法(试行)
            form, span = form + version[0], (span[0], span[1] + len(version[0]))
            far, docs = self.titled(form)
        if goes_on := GOES_ON.match(said, i + len(form)):
            name = form + goes_on[0]
            return Mention(span[0], span[1] + len(goes_on[0]), f"《{name}》", ()) if STRICT.search(name) else None
        before = said[max(0, i - _LEFT) : i]
        place = place_before(before)
        if fitting := [doc for doc in docs if starts_with_place(doc, form) or begins_after(doc, place, before)]:
            return Mention(*span, f"《{form}》", tuple(fitting), far)
        return Mention(*span, f"《{place.text}{form}》", ()) if place and STRICT.search(form) else None

    def shared(self, text: str) -> Iterator[Mention]:
        """Yield the document whose title a text repeats the longest run of; none if two titles share that run."""
        lengths: dict[int, int] = {}  # by document: of the run that ends here, and of the longest
        longest: dict[int, tuple[int, int]] = {}
        for i in range(len(text) - _MIN_SHARED + 1):
            lengths = {at: lengths.get(at, _MIN_SHARED - 1) + 1 for at in self._runs.get(text[i : i + _MIN_SHARED], ())}
            for at, length in lengths.items():
                longest[at] = max(longest.get(at, (0, 0)), (length, i + _MIN_SHARED))
        most = max((length for length, _ in longest.values()), default=0)
        best = [at for at, (length, _) in longest.items() if length == most]
        if len(best) == 1 and most:
            doc, end = self.documents[best[0]], longest[best[0]][1]
            if not is_part_of_another(text, end - most, end, doc.title):
                said = quote_around(text, end - most, end) or (end - most, end)
                yield Mention(end - most, end, text[slice(*said)], (doc,), LOOSE)


_recent: list[Catalog] = []


def catalog_of(documents: Sequence[Document]) -> Catalog:
    """Return the catalogue of a list of documents; that of the last few lists is kept."""
    for catalog in _recent:
        if catalog.documents is documents:
            return catalog
    catalog = Catalog(documents)
    _recent[:] = [catalog, *_recent[:3]]
    return catalog


def _place_and_year(doc: Document) -> str:
    place = doc.region[-1] if doc.region else doc.title
    return f"{place}{doc.year}年" if doc.year else place


def _numbers(doc: Document) -> list[re.Match[str]]:
    return [m for name in (doc.doc_no, doc.interprets) if name for m in DOC_NO.finditer(name)]


def _numbered(match: re.Match[str], name: str, held: Sequence[Document]) -> Mention:
    """Return the mention of a 文号: the documents that bear it, else a 解读 of the one that does."""
    serial = match["serial"] if "serial" in match.re.groupindex else match[match.re.groups]
    own = [doc for doc in held if re.search(rf"(?<!\d){serial}号$", doc.doc_no or "")]
    return Mention(*match.span(), name, tuple(own or held), by_interpretation=bool(held) and not own)


def _squeezed(text: str) -> tuple[str, list[int]]:
    """Return a text as titles are kept, without 书名号 and spaces, and where each character of it stood."""
    kept = [(i, char) for i, char in enumerate(plain(text)) if normal_title(char)]
    return "".join(char for _, char in kept), [i for i, _ in kept]
