"""The words that only one part of a question says: by them its clause and its sentence are told from those of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from rag.answer.turn import Part
from rag.question.understand import Query
from rag.retrieval.features import Asked
from rag.retrieval.reading import Reading

OWN = 0.5  # of a part's own words that a clause must have to be about it
_ALL = 0.99
_LOOKED_AT = 6  # clauses found for a part, among which one has the words that only it says
_LEVEL = re.compile(r"[省市州盟县区旗乡镇村]里")


def own_words(part: Part, parts: Sequence[Part]) -> list[str]:
    """Return the words of a part's own turn that no other part says."""
    others = {word for p in parts if p is not part and p.ranked for word in p.ranked.asked.own_words}
    return [word for word in part.ranked.asked.own_words if word not in others] if part.ranked else []


def own_share(part: Part, found: Part, parts: Sequence[Part]) -> float:
    """Return the share of the words that only this part says, by weight, that the first clause found has."""
    return _share_in(part, found.ranked.readings[0], parts) if part.ranked and found.ranked else 0.0


def _share_in(part: Part, reading: Reading, parts: Sequence[Part]) -> float:
    """Return the share of the words that only a part says, by weight, that a clause and its headings have."""
    return _share_said(part, reading.headings.plain + reading.whole.plain, parts)


def _share_said(part: Part, text: str, parts: Sequence[Part]) -> float:
    """Return the share of the words that only a part says, by weight, that a text has."""
    if not part.ranked:
        return 0.0
    asked = part.ranked.asked
    weights = {word: asked.weights[word] for word in own_words(part, parts)}
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if _says(asked, word, text)) / total if total else 0.0


def _says(asked: Asked, word: str, text: str) -> bool:
    """True if a text has a word in some form; 省里 and 县里 are the 省 and the 县 of 上缴省."""
    return asked.says(word, text) or bool(_LEVEL.fullmatch(word)) and word[0] in text


def with_own_words(part: Part, parts: Sequence[Part], search: Callable[[Query], Part], of_each: bool) -> Part:
    """Return a part answered from what has the words only this part says, where the best clause or sentence has not.

    甲种温室和乙种温室最高各补多少: both are nearest to the clause of the one of which more is said. Such a pair,
    `of_each`, may stand anywhere in a document; things asked one after the other are looked for in one list, or where
    all their own words are said.
    """
    words = own_words(part, parts)
    if not part.ranked or not words:
        return part
    query, first = part.query, part.ranked.readings[0]
    if own_share(part, part, parts) < OWN:
        near = [r for r in part.ranked.readings[1:_LOOKED_AT] if _share_in(part, r, parts) >= OWN]
        whole = [r for r in near if len(words) > 1 and _share_in(part, r, parts) > _ALL]
        fitting = [r for r in near if _is_beside(r, first)] or (near if of_each else whole)
    else:
        fitting = [first] if _misses_sentence(part, parts) else []
        query = replace(query, topic=query.own_topic or query.topic)
    within = frozenset(reading.clause.clause_id for reading in fitting)
    found = search(query.narrowed(replace(query.named, within=within))) if within else part
    return part if found.refusal else found


def _misses_sentence(part: Part, parts: Sequence[Part]) -> bool:
    """True if not the best sentence of a part's clause, but another, has its own words: …350人。更换井盖5万个。"""
    assert part.ranked
    said = [_share_said(part, sentence.plain, parts) for sentence in part.ranked.readings[0].sentences]
    return bool(said) and said[int(np.argmax(part.ranked.sentence_scores[0]))] < OWN <= max(said)


def _is_beside(reading: Reading, other: Reading) -> bool:
    """True if a clause is an item of the same list as another, or one below it."""
    one, two = reading.clause.path, other.clause.path
    above = one.rpartition(".")[0]
    return reading.clause.doc == other.clause.doc and bool(above) and above in (two, two.rpartition(".")[0])


def vouched(part: Part, whole: Part, parts: Sequence[Part]) -> Part:
    """Return a part that was too little to be sure of as sure as the whole, where both are answered by one document.

    Ⅱ级演练由谁指挥 alone says less than Ⅰ级演练和Ⅱ级演练由谁指挥, of which it is the half.
    """
    if whole.refusal or not part.refusal or part.refusal.reason != "no_match" or part.document != whole.document:
        return part
    return replace(part, refusal=None) if own_share(part, part, parts) >= OWN else part
