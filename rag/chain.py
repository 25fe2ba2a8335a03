"""The spine: a question in, an answer out, one runnable a stage.

    understand -> find (search, rank) -> answer (refuse | extract | generate) -> cite
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from index.settings import Settings
from index.store import ClauseIndex
from rag.cite import Claim, Quote, cite, render
from rag.doubt import doubts
from rag.extract import deciding_sentences, extract, quote_of
from rag.features import Asked
from rag.rank import Ranked, Ranker, Weights
from rag.refuse import Refusal, refuse_scope, refuse_weak, refuse_words
from rag.scope import Named
from rag.search import search
from rag.types import Answer, Citation, Question, Scope
from rag.understand import Query, understand

_NEAREST = 3
_MAX_PARTS = 4  # places or years compared in one question


@dataclass(frozen=True, slots=True)
class Part:
    """One side of a question: all of it, or one of the places or years it compares."""

    query: Query
    ranked: Ranked | None
    refusal: Refusal | None
    eligible: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A question on its way through the chain."""

    question: Question
    started: float
    query: Query | None = None
    parts: tuple[Part, ...] = ()
    refusal: Refusal | None = None


def build_chain(index: ClauseIndex, settings: Settings) -> Runnable[Question, Answer]:
    """Return the chain over an index; `.invoke`, `.stream` and `.batch` give the same answers."""
    stages = _Stages(index, settings)
    understand_stage = RunnableLambda(stages.understand, name="understand")
    find_stage = RunnableLambda(stages.find, name="find")
    return understand_stage | find_stage | RunnableGenerator(stages.answer_stream, name="answer")  # type: ignore[arg-type]


class _Stages:
    """The stages with what they share: the index, the ranker, the writer."""

    def __init__(self, index: ClauseIndex, settings: Settings) -> None:
        self.index = index
        self.settings = settings
        self.ranker = Ranker(index, Weights.load())
        self.generator = _generator(settings)

    def understand(self, question: Question) -> Turn:
        started = time.perf_counter()
        refusal = refuse_words(question.text)
        if refusal:
            return Turn(question, started, refusal=refusal)
        return Turn(question, started, understand(question, self.index))

    def find(self, turn: Turn) -> Turn:
        if turn.query is None:
            return turn
        return replace(turn, parts=tuple(self._find(part) for part in parts_of(turn.query)))

    def answer_stream(self, turns: Iterator[Turn]) -> Iterator[Answer]:
        for turn in turns:
            yield self.answer(turn)

    def answer(self, turn: Turn) -> Answer:
        """Return the finished answer of a turn."""
        answer = self._refused(turn) if turn.query is None or not turn.parts else self._answered(turn)
        return replace(
            answer,
            question=turn.question.text,
            id=turn.question.id,
            index_version=self.index.version,
            elapsed_ms=(time.perf_counter() - turn.started) * 1000,
        )

    def _find(self, query: Query) -> Part:
        found = search(self.index, query, self.settings.top_k)
        refusal = refuse_scope(query, found.eligible, self.index.documents)
        if refusal or not found.hits:
            return Part(query, None, refusal or Refusal("no_match", "现有文件中没有可查询的条款。"), found.eligible)
        ranked = self.ranker.rank(Asked.of(query, self.index), found)
        reading = ranked.readings[0]
        evidence = deciding_sentences(reading, self.ranker.sentence_scores(ranked.asked, ranked.rows[0], ranked.vector))
        refusal = refuse_weak(ranked, self.settings.min_confidence, doubts(ranked.asked, reading, evidence))
        return Part(query, ranked, refusal, found.eligible)

    def _answered(self, turn: Turn) -> Answer:
        claims: list[Claim] = []
        allowed: set[str] = set()
        missing: list[str] = []
        for part in turn.parts:
            if part.refusal or part.ranked is None:
                missing.append(_missing_text(part))
                continue
            drafted = extract(part.ranked, self.ranker)
            claims += [_named_claim(c, part) for c in drafted] if len(turn.parts) > 1 else drafted
            allowed.add(part.ranked.readings[0].clause.doc.doc_id)
        statements, citations, withheld = cite(claims, allowed)
        if not statements:
            return self._refused(turn)
        status = "partial" if missing or withheld else "grounded"
        text = "\n".join([render(statements), *missing])
        cited = {c.clause.clause_id for c in citations}
        return Answer(
            status=status,
            answer=text,
            statements=statements,
            citations=citations,
            nearest=tuple(c for c in self._nearest(turn) if c.clause.clause_id not in cited),
            scope=_scope(turn),
        )

    def _refused(self, turn: Turn) -> Answer:
        refusal = turn.refusal or next((part.refusal for part in turn.parts if part.refusal), None)
        refusal = refusal or Refusal("unsupported", "找到的条款未能通过核对, 不予作答。")
        return Answer(
            status="refused",
            answer=refusal.message,
            reason=refusal.reason,
            nearest=self._nearest(turn) if turn.query else (),
            scope=_scope(turn),
        )

    def _nearest(self, turn: Turn) -> tuple[Citation, ...]:
        """Return the best clauses looked at, each with its best sentence; of any place if the scope held none."""
        rankeds = [part.ranked for part in turn.parts if part.ranked]
        if not rankeds and turn.query:
            anywhere = replace(turn.query, named=Named())
            found = search(self.index, anywhere, _NEAREST)
            rankeds = [self.ranker.rank(Asked.of(anywhere, self.index), found)]
        quotes: dict[str, Quote] = {}
        for ranked in rankeds:
            for row, reading in list(zip(ranked.rows, ranked.readings, strict=False))[:_NEAREST]:
                scores = self.ranker.sentence_scores(ranked.asked, row, ranked.vector)
                quotes.setdefault(reading.clause.clause_id, quote_of(ranked.asked, reading, scores))
        return tuple(Citation(n, q.clause, q.start, q.end) for n, q in enumerate(quotes.values(), 1))


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


def _scope(turn: Turn) -> Scope:
    if turn.query is None:
        return Scope()
    named = turn.query.named
    return Scope(
        tuple(region.name for region in named.regions), named.years, tuple(doc.doc_id for doc in named.documents)
    )


def _side(part: Part) -> str:
    named = part.query.named
    years = "、".join(f"{year}年" for year in named.years)
    return "、".join(region.name for region in named.regions) + years


def _missing_text(part: Part) -> str:
    return f"{_side(part)}: {part.refusal.message if part.refusal else '未找到依据。'}"


def _named_claim(claim: Claim, part: Part) -> Claim:
    """Say which side of a comparison a claim is about."""
    doc = claim.quotes[0].clause.doc
    return Claim(f"{doc.region[-1] if doc.region else doc.title}{doc.year or ''}年: {claim.text}", claim.quotes)


def _generator(settings: Settings):  # type: ignore[no-untyped-def]
    return None
