"""Whether a question that may be several is answered as one or in parts: a wrong split costs more than none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from rag.answer.own_words import OWN, own_share, own_words, vouched, with_own_words
from rag.answer.refuse import Refusal
from rag.answer.turn import Part, parts_of
from rag.extraction.read_choose import choose_answer
from rag.question.parts import Piece, pieces_of, sides_of, stands_alone
from rag.question.understand import Query
from rag.types import Question

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
    of_each = not any(piece.follows for piece in pieces)
    parts = tuple(vouched(part, whole, parts) for part in parts) if of_each else parts
    sentences = any(piece.apart and piece.follows for piece in pieces)
    if all(piece.bare for piece in pieces[1:]):
        apart = _first_apart(whole, parts, sentences)
    elif sentences:
        apart = _sentences_apart(whole, parts)
    else:
        apart = _clauses_apart(whole, parts, of_each)
    return parts if apart else (whole,)


def _with_own_subjects(query: Query, sides: Sequence[Query], understand: Understand) -> Sequence[Query]:
    """Return the sides of a comparison, each with what is asked of it alone: 绍兴的租金和泸州的受理单位."""
    question = query.question
    limited = query.inherited or question.regions or question.years or question.correction
    texts = [] if limited else sides_of(query.text, query.named)
    if len(texts) != len(sides):
        return sides
    own = [understand(replace(question, text=text, history=())) for text in texts]
    return [q if q.named.regions or not side.named.regions else side for q, side in zip(own, sides, strict=True)]


def _searched(query: Query, pieces: Sequence[Piece], search: Search, understand: Understand) -> tuple[Part, ...]:
    """Return the pieces, each understood after those it goes on from and searched in the scope of the whole."""
    parts: list[Part] = []

    def read(piece: Piece, history: Sequence[str]) -> Part:
        own = understand(replace(query.question, text=_unnamed(piece.text, query), history=tuple(history)))
        named = replace(query.named, spans=own.named.spans)
        if piece.bare and (first := _first(parts[-1])):
            named = replace(named, within=frozenset({first}))
        return search(replace(own, named=named, label=piece.label))

    for i, piece in enumerate(pieces):
        before = [earlier.text for earlier in pieces[:i]] if piece.follows else []
        alone = i > 0 and stands_alone(piece.text, pieces[i - 1].text)
        part = read(piece, () if alone else (*query.question.history, *before))
        if before and piece.apart and not (alone or piece.bare) and _checked(part, parts).refusal:
            part = next((other for other in [_checked(read(piece, ()), parts)] if not other.refusal), part)
        parts.append(part)
    of_each = not any(piece.follows for piece in pieces)
    own = [of_each or piece.follows and not piece.bare for piece in pieces]
    parts = [with_own_words(p, parts, search, of_each) if o else p for o, p in zip(own, parts, strict=True)]
    each = zip(pieces, parts, strict=True)
    return tuple(_checked(part, parts) if piece.apart and not piece.bare else part for piece, part in each)


def _checked(part: Part, parts: Sequence[Part]) -> Part:
    """Refuse a question of its own if the clause found has too little of the words that only it says."""
    words = own_words(part, parts)
    if part.refusal or not part.ranked or not words or own_share(part, part, parts) >= OWN:
        return part
    reading = part.ranked.readings[0]
    text = reading.headings.plain + reading.whole.plain
    unsaid = next(word for word in words if not part.ranked.asked.says(word, text))
    return replace(part, refusal=Refusal("unsupported", f"最接近的条款没有写到“{unsaid}”。"))


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


def _clauses_apart(whole: Part, parts: Sequence[Part], of_each: bool) -> bool:
    """True if a part has an answer that says more of it than the clause found for the whole, and another has one too."""
    answered = _answered(parts)
    if len(answered) > 1 and any(_gain(part, whole, parts) >= _GAIN for part in answered):
        return True
    return len(answered) == len(parts) and _leaves_out(whole, parts) and (of_each or _beside(parts))


def _leaves_out(whole: Part, parts: Sequence[Part]) -> bool:
    """True if the parts are answered by sentences of their own in one document, and the answer to the whole lacks one.

    旧桥每年检测两次 of 新桥和老桥各是几次, in which the clause says neither in the question's words.
    """
    if not whole.ranked or len({part.document.doc_id for part in (whole, *parts) if part.document}) > 1:
        return False
    bests = [_best(part) for part in parts]
    first, asked = whole.ranked.readings[0], whole.ranked.asked
    chosen = choose_answer(asked, first, whole.ranked.sentence_scores[0])
    told = {(first.clause.clause_id, first.sentences[i].start) for i in chosen}
    return len(set(bests)) == len(parts) and any(best not in told for best in bests)


def _beside(parts: Sequence[Part]) -> bool:
    """True if all are answered by one clause or by items of one list: 村里出几成，镇里出几成."""
    firsts = {_first(part) for part in parts}
    lists = {part.ranked.readings[0].clause.path.rpartition(".")[0] for part in parts if part.ranked}
    return len(firsts) == 1 or len(lists) == 1 and "" not in lists


def _best(part: Part) -> tuple[str, int]:
    """Return where the best sentence of a part's first clause stands."""
    assert part.ranked
    reading, scores = part.ranked.readings[0], part.ranked.sentence_scores[0]
    return reading.clause.clause_id, reading.sentences[int(np.argmax(scores))].start if len(scores) else 0


def _sentences_apart(whole: Part, parts: Sequence[Part]) -> bool:
    """True if questions with their own question marks have answers of their own, or one of them has none."""
    answered = _answered(parts)
    if whole.refusal or not answered:
        return bool(answered)
    if len(answered) == len(parts):
        firsts = {_first(part) for part in parts}
        return len(firsts) > 1 and all(_gain(part, whole, parts) >= 0 for part in answered)
    unanswered = [part for part in parts if part.refusal]
    return all(own_share(part, whole, parts) < _GAIN for part in unanswered)


def _answered(parts: Sequence[Part]) -> list[Part]:
    return [part for part in parts if not part.refusal and part.ranked]


def _first(part: Part) -> str:
    return part.ranked.readings[0].clause.clause_id if part.ranked else ""


def _gain(part: Part, whole: Part, parts: Sequence[Part]) -> float:
    """Return how much more of the words that only this part says its own first clause has than that of the whole."""
    return own_share(part, part, parts) - own_share(part, whole, parts)
