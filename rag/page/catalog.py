"""What the page says is held: documents, the choices of its filters, and questions to start with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from index.types import Document

_MAX_EXAMPLES = 4  # more would push the held documents off a 1366x768 screen

# (place, year, question): shown only while a document of that place and year is held.
_EXAMPLES = (
    ("长春市", 2012, "长春2012年新农合和城镇居民医保的补助标准是多少?"),
    ("临沧市", 2024, "临沧市城市医疗集团由谁牵头组建?"),
    ("黑龙江省", 2017, "黑龙江推进医联体建设的主要目标是什么?"),
    ("内蒙古自治区", 2016, "内蒙古2016年对新增公立医院改革试点城市补助多少?"),
    ("呼伦贝尔市", 2017, "呼伦贝尔为什么要推进城市公立医院综合改革?"),
)


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

    def name_of(self, doc_id: str) -> str | None:
        """The 文号 or 《title》 of a held document."""
        return next((display_name(doc) for doc in self.documents if doc.doc_id == doc_id), None)

    def examples(self) -> tuple[str, ...]:
        """Questions that the held documents can answer."""
        held = {(doc.region[-1], doc.year) for doc in self.documents if doc.region}
        known = tuple(text for place, year, text in _EXAMPLES if (place, year) in held)
        return (known or tuple(_general_examples(self.documents)))[:_MAX_EXAMPLES]


def in_book_marks(title: str) -> str:
    """《title》; marks inside it become 〈〉 (GB/T 15834), as in 《〈实施方案〉解读》."""
    return f"《{title.replace('《', '〈').replace('》', '〉')}》"


def display_name(doc: Document) -> str:
    """The 文号, else the title in its marks."""
    return doc.doc_no or in_book_marks(doc.title)


def _general_examples(documents: Iterable[Document]) -> Iterable[str]:
    """A question for documents that nobody has written one for."""
    return (f"{display_name(doc)}提出了哪些主要任务?" for doc in documents)
