"""A turn into its answer: claims drafted, each checked before it is shown, citations numbered."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import replace

from index.store import ClauseIndex
from rag.cite import Claim, Quote, cite, render
from rag.extract import extract, quote_of
from rag.features import Asked
from rag.generate import Generator
from rag.llm import ModelDeclined, ModelFailed
from rag.quote import Told, begin
from rag.rank import Ranker
from rag.read_direction import only_direction
from rag.read_table import as_table
from rag.refuse import Refusal
from rag.scope import Named
from rag.search import search
from rag.turn import Part, Turn
from rag.types import Answer, Citation

_log = logging.getLogger(__name__)

_NEAREST = 6  # the one cited and five more
_MODEL_FAILED = "(模型未能给出可核对的回答, 以上为条款原文摘录。)"
_MODEL_DECLINED = "(模型认为条款没有直接写明, 以上为最接近的条款原文摘录。)"
_MODEL_BROKE_OFF = "(模型中途断开, 以上只是已核对的部分。)"


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
        note, answered = None, False
        if self._generator and not all(part.quoted for part in _answerable(turn)):
            note = _MODEL_FAILED
            try:
                for answer in self._generated(turn, self._generator):
                    yield self._finish(turn, answer)
                    answered = True
            except ModelFailed as exc:
                _log.warning("model failed: %s", exc)
                note = _MODEL_DECLINED if isinstance(exc, ModelDeclined) else _MODEL_FAILED
        if not answered:
            for answer in self._extracted(turn, note):
                yield self._finish(turn, answer)

    def _extracted(self, turn: Turn, note: str | None) -> Iterator[Answer]:
        told = [(part, self._extract(part, len(turn.parts) > 1)) for part in _answerable(turn)]
        claims = [_sided(claim, turn, part) for part, one in told for claim in _claims_of(one, turn, part)]
        note = "\n".join(filter(None, [*(one.note for part, one in told if not part.quoted), note]))
        for count in range(1, len(claims) + 1):
            answer = self._answer(turn, claims[:count], note if count == len(claims) else None)
            if answer.statements or count == len(claims):
                yield answer if answer.statements else self._refusal(turn)

    def _extract(self, part: Part, brief: bool = False) -> Told:
        if part.quoted:
            return part.told or Told()
        return extract(part.ranked, self._index, brief) if part.ranked else Told()

    def _generated(self, turn: Turn, generator: Generator) -> Iterator[Answer]:
        """Yield the model's answer statement by statement; raises ModelFailed if it fails before the first."""
        claims: list[Claim] = []
        answer: Answer | None = None
        try:
            for part in _answerable(turn):
                for claim in part.quoted or _write(generator, part):
                    claims.append(_sided(claim, turn, part))
                    draft = self._answer(turn, claims)
                    if draft.statements:
                        answer = replace(draft, mode="generative", model=generator.name)
                        yield answer
        except ModelFailed:
            if answer is None:
                raise
            _log.warning("model broke off", exc_info=True)
            yield replace(answer, status="partial", answer=f"{answer.answer}\n{_MODEL_BROKE_OFF}")

    def _answer(self, turn: Turn, claims: list[Claim], note: str | None = None) -> Answer:
        answerable = _answerable(turn)
        told = [part.told for part in answerable if part.told]
        statements, citations, withheld = cite(claims, {doc_id for part in answerable for doc_id in part.doc_ids})
        missing = [f"{part.side}: {part.refusal.message}".removeprefix(": ") for part in turn.parts if part.refusal]
        missing += [one.missing for one in told if one.missing]
        unsaid = [name for name in (turn.query.named.missing if turn.query else ()) if name not in "".join(missing)]
        if unsaid:
            missing.append(f"未收录{'、'.join(unsaid)}。")
        cited = {citation.clause.clause_id for citation in citations}
        said = as_table(statements, [_side(part) for part in answerable if not part.told]) or render(statements)
        return Answer(
            status="partial" if missing or withheld else "grounded",
            answer="\n".join(filter(None, [*(t.lead for t in told), said, *missing, *(t.note for t in told), note])),
            statements=statements,
            citations=citations,
            nearest=tuple(c for c in self._nearest(turn) if c.clause.clause_id not in cited),
            scope=turn.scope,
        )

    def _refusal(self, turn: Turn) -> Answer:
        refusal = turn.refusal or next((part.refusal for part in turn.parts if part.refusal), None)
        refusal = refusal or Refusal("unsupported", "找到的条款未能通过核对, 不予作答。")
        nearest = self._nearest(turn) if turn.query else ()
        message = f"{refusal.message}{_direction(turn) if refusal.reason == 'unsupported' else ''}"
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


def _write(generator: Generator, part: Part) -> Iterator[Claim]:
    return generator.write(part.ranked) if part.ranked else iter(())


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
    return replace(claim, text=f"{_side(part)}: {claim.text}")


def _side(part: Part) -> str:
    """Return what a side of a comparison is called: what the question named, else the place and year of its document."""
    doc = part.document
    if part.side or doc is None:
        return part.side
    return f"{doc.region[-1] if doc.region else doc.title}{doc.year or ''}年"
