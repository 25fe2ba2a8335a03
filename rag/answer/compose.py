"""A turn into its answer: claims drafted, each checked before it is shown, citations numbered."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.store import ClauseIndex
from rag.answer.provenance import leaves_open, render_whose, undated
from rag.answer.refuse import Refusal
from rag.answer.turn import Part, Turn
from rag.checking.cite import Claim, Quote, cite, render
from rag.checking.quote import Told, begin
from rag.extraction.extract import extract, quote_of
from rag.extraction.read_direction import only_direction
from rag.extraction.read_table import as_table
from rag.generation.generate import Generator
from rag.generation.llm import ModelEvaded, ModelFailed, Usage
from rag.question.scope import Named
from rag.retrieval.features import Asked
from rag.retrieval.rank import Ranker
from rag.retrieval.search import search
from rag.types import Answer, Citation, Statement

_log = logging.getLogger(__name__)

_NEAREST = 6  # the one cited and five more
_MODEL_UNCHECKED = "(模型的回答与条款核对不符, 以上为条款原文摘录。)"
_MODEL_BROKE_OFF = "(模型中途断开, 以上只是已核对的部分。)"


@dataclass(frozen=True, slots=True)
class Draft:
    """The claims of one part, a note on how they came about, and whether a model wrote them, or broke off in it."""

    claims: tuple[Claim, ...] = ()
    note: str = ""
    by_model: bool = False
    broken: bool = False


class Composer:
    """Writes the answers of one index, with a model if there is one and without it if it fails."""

    def __init__(self, index: ClauseIndex, ranker: Ranker, generator: Generator | None) -> None:
        self._index = index
        self._ranker = ranker
        self._generator = generator

    def compose(self, turn: Turn) -> Iterator[Answer]:
        """Yield the answer as it grows, a checked statement at a time; the last one is complete."""
        if not _answerable(turn):
            yield self._finish(turn, self._refusal(turn))
            return
        by_model = self._generator and not all(part.quoted for part in _answerable(turn))
        answers = self._generated(turn, self._generator) if by_model and self._generator else self._extracted(turn)
        for answer in answers:
            yield self._finish(turn, answer)

    def _extracted(self, turn: Turn) -> Iterator[Answer]:
        told = [(part, self._extract(part, len(turn.parts) > 1)) for part in _answerable(turn)]
        claims = [_sided(claim, turn, part) for part, one in told for claim in _claims_of(one, turn, part)]
        note = "\n".join(one.note for part, one in told if one.note and not part.quoted)
        for count in range(1, len(claims) + 1):
            answer = self._answer(turn, claims[:count], note if count == len(claims) else None)
            if answer.statements or count == len(claims):
                yield answer if answer.statements else self._refusal(turn)

    def _extract(self, part: Part, brief: bool = False) -> Told:
        if part.quoted:
            return part.told or Told()
        return extract(part.ranked, self._index, brief) if part.ranked else Told()

    def _generated(self, turn: Turn, generator: Generator) -> Iterator[Answer]:
        """Yield the answer as the model writes it, part by part; the last one with the tokens that it took."""
        usage = Usage()
        drafts: list[Draft] = []
        for part in _answerable(turn):
            draft = Draft()
            for draft in self._drafted(turn, part, generator, usage):
                answer = self._drawn(turn, [*drafts, draft], generator.name)
                if answer.statements:
                    yield answer
            drafts.append(draft)
        answer = self._drawn(turn, drafts, generator.name)
        yield replace(answer if answer.statements else self._refusal(turn), usage=usage.to_json())

    def _drafted(self, turn: Turn, part: Part, generator: Generator, usage: Usage) -> Iterator[Draft]:
        """Yield a part's claims as they grow: the model's, else its clauses' own words with a note that says so."""
        claims: Sequence[Claim] = part.quoted
        written = generator.write(part.ranked, usage) if part.ranked and not claims else iter(())
        written = turn.clock.each("model", written)
        note = ""
        try:
            for claims in written:
                yield Draft(tuple(claims), by_model=True)
        except ModelFailed as exc:
            _log.warning("model failed: %s", exc)
            note = exc.note
            claims = () if isinstance(exc, ModelEvaded) else claims
        if part.quoted or cite(claims, part.doc_ids)[0]:
            yield Draft(tuple(claims), note and _MODEL_BROKE_OFF, by_model=not part.quoted, broken=bool(note))
        else:
            told = self._extract(part, len(turn.parts) > 1)
            notes = filter(None, (told.note, note or _MODEL_UNCHECKED))
            yield Draft(_claims_of(told, turn, part), "\n".join(notes))

    def _drawn(self, turn: Turn, drafts: Sequence[Draft], model: str) -> Answer:
        """Return the answer of the drafts so far."""
        parts = zip(drafts, _answerable(turn), strict=False)
        claims = [_sided(claim, turn, part) for draft, part in parts for claim in draft.claims]
        notes = "\n".join(dict.fromkeys(draft.note for draft in drafts if draft.note))
        answer = self._answer(turn, claims, notes)
        if any(draft.broken for draft in drafts):
            answer = replace(answer, status="partial")
        return replace(answer, mode="generative", model=model) if any(d.by_model for d in drafts) else answer

    def _answer(self, turn: Turn, claims: list[Claim], note: str | None = None) -> Answer:
        answerable = _answerable(turn)
        told = [part.told for part in answerable if part.told]
        statements, citations, withheld = cite(claims, {doc_id for part in answerable for doc_id in part.doc_ids})
        missing = [f"{part.side}: {part.refusal.message}".removeprefix(": ") for part in turn.parts if part.refusal]
        missing += [one.missing for one in told if one.missing]
        unsaid = [name for name in (turn.query.named.missing if turn.query else ()) if name not in "".join(missing)]
        if unsaid:
            missing.append(f"未收录{'、'.join(unsaid)}。")
        if withheld:
            missing.append(f"(另有{withheld}句与条款核对不符, 未予显示。)")
        cited = {citation.clause.clause_id for citation in citations}
        notes = [*turn.scope.notes, *(one.note for one in told), note]
        notes += [undated(turn.query.named, citations)] if turn.query else []
        return Answer(
            status="partial" if missing or withheld else "grounded",
            answer="\n".join(
                filter(None, [*(t.lead for t in told), self._said(turn, statements, citations), *missing, *notes])
            ),
            statements=statements,
            citations=citations,
            nearest=tuple(c for c in self._nearest(turn) if c.clause.clause_id not in cited),
            scope=turn.scope,
            withheld=_withheld(claims, statements),
        )

    def _said(self, turn: Turn, statements: Sequence[Statement], citations: Sequence[Citation]) -> str:
        """Return the statements as text: a table of what is compared, else one a line; with whose they are if need be."""
        answerable = _answerable(turn)
        table = as_table(statements, [_side(part) for part in answerable if not part.told])
        told = any(part.told for part in answerable)
        if told or not turn.query or not leaves_open(turn.query.named, self._index.documents):
            return table or render(statements)
        return render_whose(statements, citations, table)

    def _refusal(self, turn: Turn) -> Answer:
        refusal = turn.refusal or next((part.refusal for part in turn.parts if part.refusal), None)
        refusal = refusal or Refusal("unsupported", "找到的条款未能通过核对, 不予作答。")
        nearest = self._nearest(turn) if turn.query else ()
        message = f"{refusal.message}{_direction(turn) if refusal.reason == 'unsupported' else ''}"
        message = "\n".join([message, *filter(None, [turn.query.mended if turn.query else ""])])
        return Answer("refused", message, reason=refusal.reason, nearest=nearest, scope=turn.scope)

    def _nearest(self, turn: Turn) -> tuple[Citation, ...]:
        """Return the best clauses looked at, each by its best sentence; of any place if the scope holds none."""
        near = [begin(clause) for part in turn.parts if part.told for clause in part.told.near]
        if near or turn.parts and all(part.told and not part.refusal for part in turn.parts):
            return tuple(Citation(n, q.clause, q.start, q.end) for n, q in enumerate(near, 1))
        ranked = [part.ranked for part in turn.parts if part.ranked]
        if not ranked and turn.query:
            anywhere = replace(turn.query, named=Named())
            ranked = [self._ranker.rank(Asked.of(anywhere, self._index), search(self._index, anywhere, _NEAREST))]
        quotes: dict[str, Quote] = {}
        for one in ranked:
            for reading, scores in zip(one.readings, one.sentence_scores, strict=False):
                quotes.setdefault(reading.clause.clause_id, quote_of(reading, scores))
        return tuple(Citation(n, q.clause, q.start, q.end) for n, q in enumerate(list(quotes.values())[:_NEAREST], 1))

    def _finish(self, turn: Turn, answer: Answer) -> Answer:
        return replace(
            answer,
            citations=self._dated(answer.citations),
            nearest=self._dated(answer.nearest),
            question=turn.question.text,
            id=turn.question.id,
            index_version=self._index.version,
            elapsed_ms=(time.perf_counter() - turn.started) * 1000,
            confidence=min((part.ranked.confidence for part in turn.parts if part.ranked), default=None),
        )

    def _dated(self, citations: tuple[Citation, ...]) -> tuple[Citation, ...]:
        """Say of each cited document whether it is in force today."""
        return tuple(replace(c, validity=self._index.validity(c.clause.doc)) for c in citations)


def _answerable(turn: Turn) -> list[Part]:
    """Return the parts that can be answered: those for which clauses were found."""
    return [part for part in turn.parts if not part.refusal and (part.ranked or part.quoted)]


def _withheld(claims: Sequence[Claim], statements: Sequence[Statement]) -> tuple[int, ...]:
    """Return which of the claims, from 1, did not become statements; those that did are in their order."""
    shown = deque(statement.text for statement in statements)
    gone = []
    for n, claim in enumerate(claims, 1):
        if shown and shown[0] == claim.said:
            shown.popleft()
        else:
            gone.append(n)
    return tuple(gone)


def _direction(turn: Turn) -> str:
    """Quote the direction that a refused part gives where it was asked how much: 进一步提高."""
    return next((said for part in turn.parts if part.ranked and (said := only_direction(part.ranked))), "")


def _claims_of(told: Told, turn: Turn, part: Part) -> tuple[Claim, ...]:
    """Return what is told of a part; one claim where sides are compared, so that each is one statement."""
    if len(turn.parts) == 1 or part.told or len(told.claims) < 2:
        return told.claims
    quotes = tuple(dict.fromkeys(quote for claim in told.claims for quote in claim.quotes))
    return (Claim("".join(claim.text for claim in told.claims), quotes),)


def _sided(claim: Claim, turn: Turn, part: Part) -> Claim:
    """In a comparison, say which side a claim is about."""
    if len(turn.parts) == 1 or not claim.quotes:
        return claim
    if part.told:  # a place: each clause quoted begins with its own number
        several = len({one.document.doc_id for one in turn.parts if one.document}) > 1
        clause = claim.quotes[0].clause
        name = clause.doc.name if several else clause.path_text
        return replace(claim, text=f"{name}: {claim.text}") if claim not in part.quoted[1:] else claim
    return replace(claim, side=_side(part))


def _side(part: Part) -> str:
    """Return what a side of a comparison is called: what the question named, else the place and year of its document."""
    doc = part.document
    if part.side or doc is None:
        return part.side
    return f"{doc.region[-1] if doc.region else doc.title}{doc.year or ''}年"
