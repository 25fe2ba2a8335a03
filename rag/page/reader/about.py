"""What is known of a document: the facts of its title block, and its ties to others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

from index.types import Document
from index.validity import IN_FORCE, UNKNOWN, Validity
from rag.page.reader.held import Held, held_by

if TYPE_CHECKING:
    from index.store import ClauseIndex

_TIES = {"based_on": "制定依据", "amends": "修改文件", "repeals": "废止文件"}
_ORDER = ("见于", "印发通知", "随文印发", "解读", "解读文件", "制定依据", "修改文件", "废止文件")
_MOST_TIES = 8  # of a kind; a list of what is repealed may have hundreds, and stands in the text


@dataclass(frozen=True, slots=True)
class Tie:
    """Another document and how this one stands to it; `id` is empty if that one is not held."""

    how: str
    name: str
    id: str = ""


@dataclass(frozen=True)
class About:
    """A document's title block."""

    doc: Document
    standing: Validity
    ties: tuple[Tie, ...]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is known, under its names; what the document does not say is left out."""
        doc = self.doc
        known = {
            "文号": doc.doc_no, "发文机关": "、".join(doc.issuers), "成文日期": day(doc.date_issued),
            "发布日期": day(doc.date_published), "施行日期": day(doc.date_effective), "失效日期": day(doc.date_expires),
            "地区": "".join(doc.region), "年份": f"{doc.year}年" if doc.year is not None else "",
            "文种": "" if doc.kind == UNKNOWN else doc.kind, "发布单位": doc.publisher, "索引号": doc.index_no,
            "主题分类": doc.subject, "公开方式": doc.openness, "来源文件": doc.source, "网址": doc.source_url,
        }  # fmt: skip
        return [(name, value) for name, value in known.items() if value]

    @property
    def is_in_force(self) -> bool:
        return self.standing.status == IN_FORCE

    @property
    def is_off(self) -> bool:
        return self.standing.is_out_of_force


def about(index: ClauseIndex, doc: Document) -> About:
    """Return the title block of a document of an index."""
    ties = list(dict.fromkeys(_ties(index, doc, held_by(index))))
    of_a_kind = groupby(sorted(ties, key=lambda tie: _ORDER.index(tie.how)), key=lambda tie: tie.how)
    shown = [tie for _, kind in of_a_kind for tie in islice(kind, _MOST_TIES)]
    return About(doc, index.validity(doc), tuple(shown))


def day(written: str | None) -> str:
    """Return 2014年9月1日 for 2014-09-01; empty for none."""
    parts = [int(part) for part in written.split("-")] if written else []
    return "".join(f"{number}{unit}" for number, unit in zip(parts, "年月日", strict=False))


def _ties(index: ClauseIndex, doc: Document, held: Held) -> Iterator[Tie]:
    standing = index.validity(doc)
    if standing.source_doc_id and standing.source_doc_id != doc.doc_id:
        yield _tie("见于", index.document(standing.source_doc_id))
    if parent := next((other for other in index.documents if other.doc_id == doc.parent), None):
        yield _tie("印发通知", parent)
    yield from (_tie("随文印发", other) for other in held.sent_by(doc))
    if doc.interprets:
        yield _named("解读", doc.interprets, doc, held)
    yield from (_tie("解读文件", other) for other in held.interpreting(doc))
    for link in doc.links:
        if how := _TIES.get(link.kind):
            yield _named(how, link.target, doc, held)


def _tie(how: str, other: Document) -> Tie:
    return Tie(how, f"{other.quoted_title}{f'({other.doc_no})' if other.doc_no else ''}", other.doc_id)


def _named(how: str, name: str, doc: Document, held: Held) -> Tie:
    other = held.meant(name, doc)
    return _tie(how, other) if other else Tie(how, name if "〔" in name or "号" in name else f"《{name}》")
