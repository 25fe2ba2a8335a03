"""What has been found out about a question, made into a trace for people to read."""

from __future__ import annotations

from typing import Any

import numpy as np

from rag.answer.turn import Part, Turn
from rag.question.colloquial import formal_terms
from rag.retrieval.features import Asked
from rag.retrieval.rank import Ranked
from rag.trace import Candidate, PartTrace, Trace, Words

_SHOWN = 6  # clauses a part: those whose sentences were read


def explain(turn: Turn, threshold: float) -> Trace:
    """Return the trace of a turn that is ready to be answered; it costs a fraction of a millisecond."""
    query = turn.query
    if query is None:
        return Trace(turn.question.text, threshold=threshold)
    return Trace(
        query.text,
        query.inherited,
        query.named.compared,
        tuple(figure.text for figure in query.figures),
        tuple(_part(part) for part in turn.parts),
        threshold,
    )


def _part(part: Part) -> PartTrace:
    query, ranked = part.query, part.ranked
    named = query.named
    return PartTrace(
        part.side,
        query.topic,
        query.asks,
        tuple(dict.fromkeys(region.name for region in named.regions)),
        named.years,
        tuple(doc.name for doc in named.documents),
        named.missing,
        _words(ranked.asked) if ranked else Words(),
        part.eligible,
        ranked.confidence if ranked else None,
        tuple(ranked.doubts.values()) if ranked else (),
        part.refusal.message if part.refusal else None,
        tuple(dict.fromkeys(quote.clause.label for claim in part.quoted for quote in claim.quotes)),
        _candidates(ranked) if ranked else (),
    )


def _words(asked: Asked) -> Words:
    official = formal_terms(asked.query.topic or asked.query.text)
    terms = {term for found in official.values() for term in found}
    others = {word: tuple(f for f in forms if f != word and f not in terms) for word, forms in asked.forms.items()}
    synonyms = {word: forms for word, forms in others.items() if forms}
    official = {said: left for said, found in official.items() if (left := tuple(t for t in found if t != said))}
    return Words(dict(asked.weights), synonyms, official, tuple(w for w in asked.weights if w in asked.unknown))


def _candidates(ranked: Ranked) -> tuple[Candidate, ...]:
    return tuple(_candidate(ranked, at) for at in range(min(_SHOWN, len(ranked.hits))))


def _candidate(ranked: Ranked, at: int) -> Candidate:
    hit, sentences = ranked.hits[at], ranked.readings[at].sentences
    scores = _at(ranked.sentence_scores, at)
    best = int(np.argmax(scores)) if scores is not None and len(scores) else None
    sentence = sentences[best] if best is not None else None
    return Candidate(
        hit.clause.clause_id,
        hit.clause.doc.name,
        hit.clause.path_text,
        hit.views,
        hit.score,
        _at(ranked.scores, at),
        _at(ranked.sureness, at),
        sentence.text if sentence else "",
        sentence.start if sentence else 0,
        sentence.end if sentence else 0,
        float(scores[best]) if best is not None else None,
    )


def _at(values: Any, at: int) -> Any:
    """Return the value of a hit, if it was looked at that closely."""
    return values[at] if at < len(values) else None
