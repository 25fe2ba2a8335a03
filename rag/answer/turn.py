"""A question on its way through the chain, and its parts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from index.catalog import Mention
from index.regions import Region
from index.types import Document
from rag.answer.refuse import Refusal
from rag.checking.cite import Claim
from rag.checking.quote import Told
from rag.clock import Clock
from rag.question.periods import say_years
from rag.question.scope import Named
from rag.question.understand import Query
from rag.retrieval.rank import Ranked
from rag.types import Question, Scope

_MAX_PARTS = 4  # places or years compared in one question


@dataclass(frozen=True, slots=True)
class Part:
    """One side of a question: all of it, one of the places or years it compares, or one of the things it asks.

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
        """What this part is about: its own words, or its places and years: 合肥市2021年."""
        named = self.query.named
        places = "、".join(dict.fromkeys(region.name for region in named.regions))
        return self.query.label or places + say_years(named.years)


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
        regions = tuple(dict.fromkeys(region.name for region in named.regions))
        return Scope(regions, named.years, docs, self.query.notes, self.query.carried, named.missing)


def parts_of(query: Query) -> list[Query]:
    """Split a comparison into one query a place, a year, or a document; anything else is one part."""
    named = query.named
    places, periods = _places(named), named.periods or tuple((year,) for year in named.years)
    if named.compared and len(places) > 1:
        paired = len(periods) == len(places)
        sides = [
            replace(named, regions=place, years=periods[i] if paired else named.years, compared=False)
            for i, place in enumerate(places)
        ]
    elif named.compared and len(periods) > 1:
        sides = [replace(named, years=period, compared=False) for period in periods]
    elif query.compares and (documents := _documents(named)):
        return [_of_document(query, mention) for mention in documents[:_MAX_PARTS]]
    else:
        return [query]
    return [query.narrowed(side) for side in sides[:_MAX_PARTS]]


def _places(named: Named) -> list[tuple[Region, ...]]:
    """Return the places named, those that one ambiguous name may mean together: 鼓楼区 of four cities is one place."""
    meant = [tuple(r for r in mention.candidates if r in named.regions) for mention in named.places]
    groups = list(dict.fromkeys(filter(None, meant)))
    said = [region for group in groups for region in group]
    return (
        groups
        if sorted(r.adcode for r in said) == sorted(r.adcode for r in named.regions)
        else [(region,) for region in named.regions]
    )


def _documents(named: Named) -> list[Mention]:
    """Return the names of documents that a question sets side by side; none if fewer than two are held."""
    held = {mention.documents: mention for mention in named.mentions if mention.documents}
    return list(held.values()) if len(held) > 1 else []


def _of_document(query: Query, mention: Mention) -> Query:
    own = replace(query.named, documents=mention.documents, mentions=(mention,), missing=())
    return replace(query, named=own, label=mention.documents[0].name)
