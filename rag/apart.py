"""Whether a question that may be several is answered as one or in parts: a wrong split costs more than none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.parts import Piece, pieces_of, sides_of, stands_alone
from rag.refuse import Refusal
from rag.turn import Part, parts_of
from rag.types import Question
from rag.understand import Query

Search = Callable[[Query], Part]
Understand = Callable[[Question], Query]

_GAIN = 0.34  # of a part's own words that its own clause must have and the clause of the whole lacks


def find_apart(query: Query, search: Search, understand: Understand) -> tuple[Part, ...]:
    """Return the parts of a question: what it compares, what it asks one by one where no clause answers all, or itself."""
    sides = parts_of(query)
    if len(sides) > 1:
        return tuple(search(side) for side in _with_own_subjects(query, sides, understand))
    whole = search(query)
    pieces = pieces_of(query.text, query.named)
    if not pieces:
        return (whole,)
    parts = _searched(query, pieces, search, understand)
    sentences = any(piece.apart for piece in pieces[1:])
    if all(piece.bare for piece in pieces[1:]):
        apart = _first_apart(whole, parts, sentences)
    else:
        apart = _sentences_apart(whole, parts) if sentences else _clauses_apart(whole, parts)
    return parts if apart else (whole,)


def _with_own_subjects(query: Query, sides: Sequence[Query], understand: Understand) -> Sequence[Query]:
    """Return the sides of a comparison, each with what is asked of it alone: 长春的补助和临沧的牵头单位."""
    question = query.question
    texts = [] if query.inherited or question.regions or question.years else sides_of(query.text, query.named)
    if len(texts) != len(sides):
        return sides
    own = [understand(replace(question, text=text, history=())) for text in texts]
    return [q if q.named.regions or not side.named.regions else side for q, side in zip(own, sides, strict=True)]


def _searched(query: Query, pieces: Sequence[Piece], search: Search, understand: Understand) -> tuple[Part, ...]:
    """Return the pieces, each understood after those it goes on from and searched in the scope of the whole."""
    parts: list[Part] = []
    for i, piece in enumerate(pieces):
        before = [earlier.text for earlier in pieces[:i]] if piece.follows else []
        history = () if i and stands_alone(piece.text, pieces[i - 1].text) else (*query.question.history, *before)
        own = understand(replace(query.question, text=_unnamed(piece.text, query), history=history))
        named = replace(query.named, spans=own.named.spans)
        if piece.bare and (first := _first(parts[-1])):
            named = replace(named, within=frozenset({first}))
        part = search(replace(own, named=named, label=piece.label))
        parts.append(part if piece.bare or not piece.apart else _checked(part))
    return tuple(parts)


def _checked(part: Part) -> Part:
    """Refuse a question with its own question mark if the clause found has none of its own words."""
    if part.refusal or not part.ranked or not part.ranked.asked.own_words or _own_share(part, part, (part,)) > 0:
        return part
    return replace(part, refusal=Refusal("unsupported", f"最接近的条款没有写到“{part.ranked.asked.own_words[0]}”。"))


def _unnamed(text: str, query: Query) -> str:
    """Return a piece without the names of the whole: they hold for every piece, and say nothing of its subject."""
    for start, end in sorted(query.named.spans, key=lambda span: span[0] - span[1]):
        text = text.replace(query.text[start:end], " ") if 0 <= start < end else text
    return text


def _first_apart(whole: Part, parts: Sequence[Part], sentences: bool) -> bool:
    """True if the one thing asked about is found elsewhere without 由谁负责 behind it, which is then asked of it there."""
    if parts[0].refusal or whole.refusal:
        return sentences and not parts[0].refusal
    return _first(parts[0]) != _first(whole)


def _clauses_apart(whole: Part, parts: Sequence[Part]) -> bool:
    """True if a part has an answer that says more of it than the clause found for the whole, and another has one too."""
    answered = _answered(parts)
    return len(answered) > 1 and any(_gain(part, whole, parts) >= _GAIN for part in answered)


def _sentences_apart(whole: Part, parts: Sequence[Part]) -> bool:
    """True if questions with their own question marks have answers of their own, or one of them has none."""
    answered = _answered(parts)
    if whole.refusal or not answered:
        return bool(answered)
    if len(answered) == len(parts):
        firsts = {_first(part) for part in parts}
        return len(firsts) > 1 and all(_gain(part, whole, parts) >= 0 for part in answered)
    unanswered = [part for part in parts if part.refusal]
    return all(_own_share(part, whole, parts) < _GAIN for part in unanswered)


def _answered(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if not part.refusal and part.ranked]


def _first(part: Part) -> str:
    return part.ranked.readings[0].clause.clause_id if part.ranked else ""


def _gain(part: Part, whole: Part, parts: Sequence[Part]) -> float:
    """Return how much more of the words that only this part says its own first clause has than that of the whole."""
    return _own_share(part, part, parts) - _own_share(part, whole, parts)


def _own_share(part: Part, found: Part, parts: Sequence[Part]) -> float:
    """Return the share of the words that only this part says, by weight, that the first clause found has."""
    if not part.ranked or not found.ranked:
        return 0.0
    asked, reading = part.ranked.asked, found.ranked.readings[0]
    others = {word for p in parts if p is not part and p.ranked for word in p.ranked.asked.own_words}
    weights = {word: asked.weights[word] for word in asked.own_words if word not in others}
    text = reading.headings.plain + reading.whole.plain
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if asked.says(word, text)) / total if total else 0.0
