"""A question on its way through the chain, and its parts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from index.types import Document
from rag.cite import Claim
from rag.clock import Clock
from rag.quote import Told
from rag.rank import Ranked
from rag.refuse import Refusal
from rag.types import Question, Scope
from rag.understand import Query

_MAX_PARTS = 4  # places or years compared in one question


@dataclass(frozen=True, slots=True)
class Part:
    """One side of a question: all of it, or one of the places or years it compares.

    `told` is what a place in a document says, where the question names one; else `ranked` is what the search found.
    """

    query: Query
    ranked: Ranked | None
    refusal: Refusal | None
    told: Told | None = None
    eligible: int | None = None  # clauses that the scope admits; None where nothing was searched

    @property
    def quoted(self) -> tuple[Claim, ...]:
        """The claims of a place that is told as it stands; none where the answer is to be found in what was searched."""
        return self.told.claims if self.told else ()

    @property
    def doc_ids(self) -> set[str]:
        """The documents that may be cited for this part."""
        clauses = [quote.clause for claim in self.quoted for quote in claim.quotes]
        clauses += [reading.clause for reading in self.ranked.readings] if self.ranked else []
        return {clause.doc.doc_id for clause in clauses}

    @property
    def document(self) -> Document | None:
        """The document that answers this part."""
        if self.quoted and self.quoted[0].quotes:
            return self.quoted[0].quotes[0].clause.doc
        return self.ranked.readings[0].clause.doc if self.ranked and self.ranked.readings else None

    @property
    def side(self) -> str:
        """What this part is about: 长春市2012年."""
        named = self.query.named
        return "、".join(r.name for r in named.regions) + "、".join(f"{year}年" for year in named.years)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with what has been found out about it so far."""

    question: Question
    started: float  # time.perf_counter() when it came in
    query: Query | None = None
    parts: tuple[Part, ...] = ()
    refusal: Refusal | None = None
    clock: Clock = field(default_factory=Clock)

    @property
    def scope(self) -> Scope:
        if self.query is None:
            return Scope()
        named = self.query.named
        docs = tuple(doc.doc_id for doc in named.documents)
        return Scope(tuple(dict.fromkeys(region.name for region in named.regions)), named.years, docs)


def parts_of(query: Query) -> list[Query]:
    """Split a comparison into one query a place, or a year; anything else is one part."""
    named = query.named
    if named.compared and len(named.regions) > 1:
        paired = len(named.years) == len(named.regions)
        sides = [
            replace(named, regions=(region,), years=(named.years[i],) if paired else named.years, compared=False)
            for i, region in enumerate(named.regions)
        ]
    elif named.compared and len(named.years) > 1:
        sides = [replace(named, years=(year,), compared=False) for year in named.years]
    else:
        return [query]
    return [query.narrowed(side) for side in sides[:_MAX_PARTS]]
