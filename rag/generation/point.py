"""Whether what a model says is to the point: as near to the question as the words that code itself would quote."""

from __future__ import annotations

from collections.abc import Sequence

from index.tokens import normalise
from rag.checking.cite import Claim
from rag.retrieval.rank import Ranked
from rag.retrieval.reading import Passage

# Of the question's words that the best sentence holds, a statement must hold this share.
_TO_THE_POINT = 0.8


class Point:
    """What a question asks, and how much of it the best clause's own words hold: what an answer is held to."""

    def __init__(self, ranked: Ranked) -> None:
        self._asked = ranked.asked
        self._best = ranked.readings[0]
        self._order = {reading.clause.clause_id: n for n, reading in enumerate(ranked.readings)}
        scores = ranked.sentence_scores[0]
        sentence = self._best.sentences[int(scores.argmax())] if len(scores) else self._best.whole
        self._share = ranked.asked.word_share(sentence.plain)

    def keep(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return the claims to the point, in the order of the ranking; one of the best clause always is."""
        kept = [c for c in claims if self._rank(c) == 0 or self._shares(c) >= _TO_THE_POINT * self._share]
        return sorted(kept, key=self._rank)

    def is_met(self, claims: Sequence[Claim]) -> bool:
        """True if the claims answer as well as the best clause's words would, as far as code can tell.

        They hold a figure, or a body, where one is asked for and that clause has one; and where none of them is of that
        clause, more of the question.
        """
        said = [Passage(claim.text) for claim in claims]
        if not any(map(self._asked.answered, said)) and self._asked.answered(
            self._best.whole, self._best.clause.departments
        ):
            return False
        shares = max(map(self._shares, claims))
        return shares > self._share or self._rank(claims[0]) == 0 and shares >= _TO_THE_POINT * self._share

    def _shares(self, claim: Claim) -> float:
        """Return the share of the question's words in a claim or the sentence it rests on: 每人每年90元 is answer enough."""
        return self._asked.word_share(normalise(claim.text + "".join(quote.text for quote in claim.quotes)))

    def _rank(self, claim: Claim) -> int:
        return self._order[claim.quotes[0].clause.clause_id] if claim.quotes else len(self._order)
