"""What a document and its clauses are. Everything else imports from here."""

from __future__ import annotations

from dataclasses import dataclass, field


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
class Document:
    """One official document: what it says of itself, and its cleaned text.

    Dates are ISO 8601. `region` is the path of official names from the province down,
    `adcode` (GB/T 2260) that of the last. What the text does not say is None or empty.
    """

    doc_id: str
    title: str
    text: str
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

    @property
    def name(self) -> str:
        """How people refer to it: the 文号, else the title in 书名号."""
        return self.doc_no or self.quoted_title

    @property
    def quoted_title(self) -> str:
        """The title in 书名号; those inside it become 〈〉 (GB/T 15834), as in 《〈实施方案〉解读》."""
        return f"《{self.title.replace('《', '〈').replace('》', '〉')}》"


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
        """The citation that people see: `长府办发〔2012〕33号 二、(一)3`."""
        return f"{self.doc.name} {self.path_text}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause found for a question, with its fused score and the score of each view."""

    clause: Clause
    score: float
    views: dict[str, float] = field(default_factory=dict)
