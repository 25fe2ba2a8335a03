"""A card: a clause that an answer cites, with every quote that the answer takes from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from index.types import Clause
from rag.export.reference import official_reference
from rag.page.reader.cut import cut
from rag.records.restore import GONE, is_past
from rag.types import Citation

_IN_FORCE = ("现行有效", "有效")
_UNKNOWN = "未知"


@dataclass(frozen=True, slots=True)
class Card:
    """A clause as a card shows it; several citations of one clause share a card. `id` is what a mark links to."""

    kind: str
    turn: int
    citations: tuple[Citation, ...]

    @property
    def first(self) -> Citation:
        return self.citations[0]

    @property
    def id(self) -> str:
        return self.id_of(self.first)

    def id_of(self, citation: Citation) -> str:
        return f"{self.kind}-{self.turn}-{citation.n}"

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(citation.n for citation in self.citations)

    @property
    def marks(self) -> str:
        """The marks that lead here: 〔1〕〔3〕."""
        return "".join(f"〔{n}〕" for n in self.numbers)

    @property
    def clause(self) -> Clause:
        return self.first.clause

    @property
    def parts(self) -> list[tuple[str, tuple[int, ...]]]:
        """The clause in pieces, each with the numbers of the citations that quote it."""
        return list(cut(self.clause.text, ((one.start, one.end, one.n) for one in self.citations if one.n)))

    @property
    def quote(self) -> str:
        """The words to mark where the whole document is shown."""
        return self.first.cited_text

    @property
    def title(self) -> str:
        return self.clause.doc.quoted_title

    @property
    def name(self) -> str:
        return self.clause.doc.name

    @property
    def headings(self) -> str:
        """The headings above the clause: `二、重点任务 › (一)加快健全养老体系`."""
        return " › ".join(heading.rstrip("。") for heading in self.clause.headings)

    @property
    def origin(self) -> str:
        """文号, place and year, as far as they are known."""
        doc = self.clause.doc
        year = f"{doc.year}年" if doc.year is not None else None
        return " · ".join(part for part in (doc.doc_no, "".join(doc.region), year) if part)

    @property
    def is_past(self) -> bool:
        """True where the clause is shown as it was, and nothing is known of its validity today."""
        return is_past(self.first)

    @property
    def is_gone(self) -> bool:
        """True where there is no whole text of it to be read any more."""
        return self.first.since == GONE

    @property
    def validity(self) -> str:
        """Whether the document is in force, and if not why: `废止: 被 海府发〔2015〕1号 废止, 自2016年1月1日起`."""
        standing = self.first.standing
        if standing.is_out_of_force and standing.reason:
            return f"{standing.status}: {standing.reason}"
        return "时效未知" if standing.status == _UNKNOWN else standing.status

    @property
    def validity_why(self) -> str:
        return self.first.standing.reason

    @property
    def force(self) -> str:
        """How the badge is coloured: on, off, unknown."""
        status = _UNKNOWN if self.is_past else self.first.standing.status
        return "on" if status in _IN_FORCE else "unknown" if status == _UNKNOWN else "off"

    @property
    def reference(self) -> str:
        return official_reference(self.clause)


def cards_of(kind: str, turn: int, citations: Iterable[Citation]) -> tuple[Card, ...]:
    """Return a card for each clause, in the order in which the answer cites them first."""
    shared: dict[str, list[Citation]] = {}
    for citation in citations:
        shared.setdefault(citation.clause.clause_id, []).append(citation)
    return tuple(Card(kind, turn, tuple(group)) for group in shared.values())
