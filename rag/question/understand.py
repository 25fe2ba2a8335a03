"""A question and the turns before it -> what is asked, of which places, years and documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest

from index.clean import to_simplified
from index.figures import find_figures
from index.regions import Region
from index.store import ClauseIndex
from index.types import Figure
from rag.question.asks import ASKING as ASKING
from rag.question.asks import what_is_asked as what_is_asked
from rag.question.comparison import is_comparison
from rag.question.correct import corrected
from rag.question.eligible import with_newest
from rag.question.english import chinese_terms, is_english
from rag.question.follow import asks_everywhere, follow
from rag.question.follow import is_elliptical as is_elliptical
from rag.question.held import held_of
from rag.question.own_places import own_place, says_own_place
from rag.question.periods import anchored, years_ahead
from rag.question.scope import Named, find_named, fits_place, regions_of_names
from rag.question.typos import Mend, find_mends, mend, note_of
from rag.types import Correction, Question

_TURNS = 8  # before this one that are read: what is older is no longer spoken of


@dataclass(frozen=True, slots=True)
class Query:
    """A question understood. `text` is complete in itself: what earlier turns said is filled in.

    Its words, those of `question` too, are as they are read: with slips of typing mended.
    """

    question: Question
    text: str  # simplified, with the subject of earlier turns
    topic: str  # text without the places, years and documents: what is searched for
    named: Named
    asks: str  # department | percent | amount | date | count | yesno | definition | how | why | list | other
    figures: tuple[Figure, ...] = ()  # quantities the question itself states
    inherited: bool = False
    own_topic: str = ""  # what this turn itself says of the subject, without what earlier turns said
    label: str = ""  # what a part of a question is called to people, if its places and years do not tell it apart
    mended: str = ""  # says to people which slips were read as what
    carried: tuple[str, ...] = ()  # what of it comes from the turns before: regions, years, doc_ids, topic

    @property
    def compares(self) -> bool:
        """True if it sets things side by side: which is more, how they differ, what each is."""
        return is_comparison(self.question.text)

    @property
    def notes(self) -> tuple[str, ...]:
        """What people are told of how the question was read."""
        return tuple(filter(None, (self.mended, self.named.assumed)))

    def narrowed(self, named: Named) -> Query:
        """Return the same query for a part of what it names: one side of a comparison."""
        return replace(self, named=named)


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of a turn, and what the user put right in what was read of them."""

    text: str
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn read after those before it; `text` has its slips mended."""

    text: str
    named: Named
    topic: str
    own_topic: str
    asks: str
    inherited: bool = False
    mends: tuple[Mend, ...] = ()
    carried: tuple[str, ...] = ()


def understand(question: Question, index: ClauseIndex, now: date | None = None) -> Query:
    """Return the question with its scope, its subject and what it asks for; `now` is the day that 去年 is counted from."""
    turn = _read([*_said_before(question)[-_TURNS:], _Said(question.text, question.correction)], index, now)
    question = replace(question, text=turn.text) if turn.mends else question
    named, carried = turn.named, turn.carried
    if question.regions or question.years:
        named = corrected(_filtered(named, question), question.correction, index.documents)
        carried = tuple(name for name in carried if not getattr(question, name, ()))
    named = with_newest(named, held_of(index))
    topic = " ".join([*chinese_terms(turn.topic), turn.topic]) if is_english(turn.topic) else turn.topic
    figures = tuple(f for f in find_figures(topic) if f.kind != "date")
    return Query(
        question, turn.text, topic, named, turn.asks, figures, turn.inherited, turn.own_topic,
        mended=note_of(turn.mends), carried=carried,
    )  # fmt: skip


def _said_before(question: Question) -> list[_Said]:
    pairs = zip_longest(question.history, question.corrections[: len(question.history)])
    return [_Said(text, correction) for text, correction in pairs]


def _read(turns: Sequence[_Said], index: ClauseIndex, now: date | None) -> _Turn:
    """Return the last of some turns, with what it leaves out filled in, and with what was put right in its scope."""
    turn, correction = _filled(turns, index, now), turns[-1].correction
    if not correction:
        return turn
    named = corrected(turn.named, correction, index.documents)
    now_there = {"regions": named.regions, "years": named.years, "doc_ids": named.documents, "topic": turn.topic}
    carried = tuple(name for name in turn.carried if now_there[name] and not getattr(correction, name, ()))
    return replace(turn, named=named, carried=carried)


def _filled(turns: Sequence[_Said], index: ClauseIndex, now: date | None) -> _Turn:
    """Return the last of some turns, with what it leaves out filled in from the one before, read in the same way."""
    text, named, mends = _named(plain_text(turns[-1].text), index, now)
    placed = bool(named.regions or named.documents)
    before: _Turn | None = None
    if not placed and says_own_place(text):
        before = _read(turns[:-1], index, now) if len(turns) > 1 else None
        named = _with_own_place(named, text, before.named.regions if before else (), index)
        placed = bool(named.regions)
    topic, asks = _without(text, named), what_is_asked(text)
    turn = _Turn(text, named, topic, topic, asks, mends=mends)
    elliptical = is_elliptical(topic, names_place=placed)
    if len(turns) == 1 or not (elliptical or not placed and not named.missing):
        return turn
    return _after(before or _read(turns[:-1], index, now), turn, elliptical, years_ahead(text))


def _named(text: str, index: ClauseIndex, now: date | None) -> tuple[str, Named, tuple[Mend, ...]]:
    """Return a text with the slips beside the names in it mended, what it names, and the slips."""

    def read(text: str) -> Named:
        cites = lambda term: len(index.rows_speaking_of([term])) > 0  # noqa: E731
        return find_named(text, index.documents, lambda doc: index.validity(doc).status, now, cites)

    named = read(text)
    mends = find_mends(text, index, named.spans)
    return (text, named, mends) if not mends else (mend(text, mends), read(mend(text, mends)), mends)


def _after(before: _Turn, turn: _Turn, elliptical: bool, ahead: int) -> _Turn:
    """Return a turn with the subject and the scope that it leaves out: 那2016年呢, 次年呢, 谁负责."""
    alone = asks_everywhere(turn.text)
    named, filled, carried = (turn.named, False, ()) if alone else _fill(turn.named, before.named, ahead)
    if not elliptical:
        return replace(turn, named=named, inherited=filled, carried=carried)
    followed = follow(before.topic, turn.topic)
    if not followed.alone and before.topic != before.own_topic:
        last = follow(before.own_topic, turn.topic)
        followed = followed if is_elliptical(last.topic) and not last.alone else last
    asks = turn.asks if turn.asks != "other" else followed.asks if followed.alone else before.asks
    inherited = filled or not followed.alone
    carried = carried if followed.alone else (*carried, "topic")
    return replace(turn, named=named, topic=followed.topic, asks=asks, inherited=inherited, carried=carried)


def _with_own_place(named: Named, text: str, before: Sequence[Region], index: ClauseIndex) -> Named:
    """Return what a text names with the place that 我市 means in it."""
    mention = own_place(text, before, index.documents)
    if mention is None:
        return named
    return replace(named, regions=mention.candidates, spans=(*named.spans, (mention.start, mention.end)))


def plain_text(text: str) -> str:
    """Return a question's words as they are read: simplified."""
    return to_simplified(text.strip())


def _without(text: str, named: Named) -> str:
    """Return the text without the names in it: the filter has used them, the search need not."""
    chars = list(text)
    for start, end in named.spans:
        chars[start:end] = " " * (end - start)
    return re.sub(r"\s+", " ", "".join(chars)).strip()


def _filtered(named: Named, question: Question) -> Named:
    """Let the page's filters replace the places and years named; a document of another place is then not held."""
    regions = regions_of_names(question.regions) or named.regions
    fitting = tuple(doc for doc in named.documents if not question.regions or fits_place(doc, regions))
    outside = tuple(doc.name for doc in named.documents if doc not in fitting)
    return replace(
        named,
        regions=regions,
        years=question.years or named.years,
        periods=() if question.years else named.periods,
        plans=() if question.years else named.plans,
        issued=frozenset() if question.years else named.issued,
        this_year=named.this_year and not question.years,
        documents=fitting,
        mentions=tuple(replace(m, documents=tuple(d for d in m.documents if d in fitting)) for m in named.mentions),
        missing=(*named.missing, *outside),
    )


def _fill(named: Named, before: Named, ahead: int) -> tuple[Named, bool, tuple[str, ...]]:
    """Fill the places, years and documents that this turn leaves out from the turn before; 次年 is one `ahead` of its.

    Returns with them whether the turn before named anything, and what was taken over as it stood.
    """
    if named.documents or named.missing:
        return named, False, ()
    if named.regions:  # another place: its own years hold
        return named, False, ()
    years = anchored(before.years, ahead) if ahead and not named.years else ()
    timed = (
        named
        if named.years
        else replace(before, years=years, periods=(years,), plans=(), this_year=False)
        if years
        else before
    )
    filled = replace(
        named,
        regions=before.regions,
        years=timed.years,
        periods=timed.periods,
        plans=timed.plans,
        issued=timed.issued,
        this_year=timed.this_year,
        documents=before.documents,
        mentions=tuple(replace(m, start=-1, end=-1) for m in before.mentions),
        missing=before.missing,
        compared=named.compared or (before.compared and (len(before.regions) > 1 or timed is before)),
    )
    taken = {"regions": before.regions, "years": timed is before and before.years, "doc_ids": before.documents}
    return filled, bool(before), tuple(name for name, value in taken.items() if value)
