"""What a document and its clauses are. Everything else imports from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

BODY = ("text", "links", "evidence", "origin")  # of a document, what is long
_ACTS = ("repeals", "amends")


@dataclass(frozen=True, slots=True)
class Figure:
    """A whole quantity as it stands in a text: `240元`, `70%以上`, `2016年6月底前`.

    `value` is normalised (6万元 -> 60000 of 元; 百分之七十 -> 70 of %); `kind` is one of
    amount, percent, date, count, multiple. Offsets are into the text that was read.
    """

    text: str
    kind: str
    value: str
    unit: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A cleaned line, and where its pieces stand in the source text.

    A paragraph that a page break cut has two pieces; a row of a table keeps its cells,
    `\\x1e` before the first and `\\x1f` between them.
    """

    text: str
    pieces: tuple[tuple[int, int], ...] = ()
    row: int | None = None  # of a table laid out for citing: 0 is its header, 1 the first row below

    @property
    def is_row(self) -> bool:
        return self.text.startswith("\x1e")

    @property
    def cells(self) -> tuple[str, ...]:
        return tuple(cell.strip() for cell in self.text[1:].split("\x1f")) if self.is_row else ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a field of a document was read: the words, and their offsets in the source text."""

    field: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Link:
    """A reference from one text to another: `按照本通知第二条第(三)项`, `《…》(X发〔2010〕5号)同时废止`.

    `kind` is clause (a place in this document), cites, based_on, repeals or amends. `target` is the
    path, the 文号 or the title referred to; offsets are into `Document.text`.
    """

    kind: str
    target: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One official document: what it says of itself, and its cleaned text.

    Dates are ISO 8601. `region` is the path of official names from the province down,
    `adcode` (GB/T 2260) that of the last. What the text does not say is None or empty.
    `parent` is the doc_id of the notice that sends this one (印发《…办法》的通知). `origin` are runs
    (start in text, start in the source text, length) of characters that stand in both, one for one.
    One that an index holds reads its BODY from the disk whenever it is asked for; two are equal by the rest.
    """

    doc_id: str
    title: str
    text: str = field(compare=False, repr=False)
    source: str
    sha256: str
    doc_no: str | None = None
    interprets: str | None = None
    issuers: tuple[str, ...] = ()
    publisher: str | None = None
    region: tuple[str, ...] = ()
    adcode: str | None = None
    year: int | None = None
    date_issued: str | None = None
    date_published: str | None = None
    kind: str = "未知"
    validity: str = "未知"
    cleaning: tuple[str, ...] = ()
    parent: str | None = None
    index_no: str | None = None
    doc_no_raw: str | None = None
    date_effective: str | None = None
    date_expires: str | None = None
    subject: str | None = None
    openness: str | None = None
    source_url: str | None = None
    reader: str | None = None
    links: tuple[Link, ...] = field(default=(), compare=False, repr=False)
    evidence: tuple[Evidence, ...] = field(default=(), compare=False, repr=False)
    origin: tuple[tuple[int, int, int], ...] = field(default=(), compare=False, repr=False)
    _acts: tuple[Link, ...] | None = field(default=None, init=False, compare=False, repr=False)
    _read: Callable[[], Mapping[str, Any]] | None = field(default=None, init=False, compare=False, repr=False)

    @classmethod
    def held(cls, head: dict[str, Any], acts: tuple[Link, ...], read: Callable[[], Mapping[str, Any]]) -> Document:
        """Return a document by what is short of it; `read` returns its BODY, and is asked each time."""
        doc = object.__new__(cls)
        for name, put, default in _head_slots():
            value = head.get(name, default)
            put(doc, tuple(value) if isinstance(value, list) else value)
        object.__setattr__(doc, "_acts", acts)
        object.__setattr__(doc, "_read", read)
        return doc

    def __getattr__(self, name: str) -> Any:  # asked for what has not been set
        if name in BODY and self._read is not None:
            return self._read()[name]
        raise AttributeError(name)

    @property
    def acts(self) -> tuple[Link, ...]:
        """The links that repeal or amend others: known without reading the text."""
        return self._acts if self._acts is not None else tuple(link for link in self.links if link.kind in _ACTS)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Document:
        """Return the document of a record, read back from JSON."""
        fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items()}
        return cls(**{**fields, **read_body(record)})

    @property
    def name(self) -> str:
        """How people refer to it: the 文号; a regulation, with an order's number or sent by a notice, by its title."""
        is_order = bool(self.doc_no) and ("令第" in str(self.doc_no) or "公告" in str(self.doc_no))
        return self.doc_no if self.doc_no and not self.parent and not is_order else self.quoted_title

    @property
    def quoted_title(self) -> str:
        """The title in 书名号; those inside it become 〈〉 (GB/T 15834), as in 《〈实施方案〉解读》."""
        return f"《{self.title.replace('《', '〈').replace('》', '〉')}》"


@cache
def _head_slots() -> list[tuple[str, Callable[[Document, Any], None], Any]]:
    """Return the name, the setter and the default of each short field: of 25,000 documents, __init__ takes a second."""
    return [(f.name, getattr(Document, f.name).__set__, f.default) for f in fields(Document) if f.init and f.compare]


def read_body(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is long of a document's record, read back from JSON."""
    return {
        "text": record["text"],
        "links": tuple(Link(**link) for link in record.get("links", ())),
        "evidence": tuple(Evidence(**item) for item in record.get("evidence", ())),
        "origin": tuple((a, b, n) for a, b, n in record.get("origin", ())),
    }


@dataclass(frozen=True, slots=True)
class Clause:
    """The citable unit (条/款/项), or a heading with the unnumbered text that belongs to it.

    `spans` are slices of the cleaned document, in order: one, but for a heading whose
    closing paragraph comes after its children. No character is in two clauses.
    """

    doc: Document = field(repr=False)
    path: str
    path_text: str
    headings: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    leaf: bool
    departments: tuple[str, ...] = ()
    lead: str | None = None
    figures: tuple[Figure, ...] = ()

    @property
    def clause_id(self) -> str:
        return f"{self.doc.doc_id}.{self.path}"

    @property
    def text(self) -> str:
        return "\n".join(self.doc.text[start:end] for start, end in self.spans)

    @property
    def label(self) -> str:
        """The citation that people see: `海府办发〔2015〕18号 二、(一)3`."""
        return f"{self.doc.name} {self.path_text}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause found for a question, with its fused score and the score of each view."""

    clause: Clause
    score: float
    views: dict[str, float] = field(default_factory=dict)
