"""What the page says is held: documents, the choices of its filters, and questions to start with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from index.types import Document

_MAX_EXAMPLES = 4  # more would push the held documents off a 1366x768 screen

_EXAMPLES = Path(__file__).parents[3] / "prompts" / "examples.tsv"


@dataclass(frozen=True, slots=True)
class Catalog:
    """The held documents, and the places and years among them."""

    regions: tuple[str, ...]
    years: tuple[int, ...]
    documents: tuple[Document, ...]

    @classmethod
    def from_documents(cls, documents: Iterable[Document]) -> Catalog:
        """Places as each document names its own (not the provinces above it); years newest first."""
        held = tuple(documents)
        regions = dict.fromkeys(doc.region[-1] for doc in held if doc.region)
        years = {doc.year for doc in held if doc.year is not None}
        return cls(tuple(regions), tuple(sorted(years, reverse=True)), held)

    @property
    def span(self) -> str:
        """The years held, `2012—2024年`; empty when no document says its year."""
        if not self.years:
            return ""
        first, last = self.years[-1], self.years[0]
        return f"{first}年" if first == last else f"{first}—{last}年"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of documents held, the most frequent first."""
        counts = Counter(doc.kind for doc in self.documents if doc.kind != "未知")
        return tuple(kind for kind, _ in counts.most_common())

    def name_of(self, doc_id: str) -> str | None:
        """The 文号 or 《title》 of a held document."""
        return next((doc.name for doc in self.documents if doc.doc_id == doc_id), None)

    @staticmethod
    def reading_of(doc: Document) -> tuple[tuple[str, str], ...]:
        """How a document came in: its file, what read it, and the steps that changed its text."""
        facts = {"文件": doc.source, "读取": doc.reader or "", "清洗": "、".join(doc.cleaning) or "未改动"}
        return tuple((label, value) for label, value in facts.items() if value)

    def examples(self) -> tuple[str, ...]:
        """Questions that the held documents can answer."""
        held = {(doc.region[-1], doc.year) for doc in self.documents if doc.region}
        known = tuple(text for place, year, text in _written_examples() if (place, year) in held)
        return (known or tuple(_general_examples(self.documents)))[:_MAX_EXAMPLES]


def _written_examples() -> Iterable[tuple[str, int, str]]:
    """Read (place, year, question); a question is shown only while a document of its place and year is held."""
    lines = _EXAMPLES.read_text("utf-8").splitlines() if _EXAMPLES.is_file() else []
    rows = (line.split("\t") for line in lines if line and line[0] != "#")
    return ((place, int(year), text) for place, year, text in rows)


def _general_examples(documents: Iterable[Document]) -> Iterable[str]:
    """A question for documents that nobody has written one for."""
    return (f"{doc.name}提出了哪些主要任务?" for doc in documents)
