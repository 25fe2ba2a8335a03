"""A question and the turns before it -> what is asked, of which places, years and documents."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

from index.clean import to_simplified
from index.figures import find_figures
from index.store import ClauseIndex
from index.tokens import normalise, words
from index.types import Figure
from rag.comparison import is_comparison
from rag.english import chinese_terms, is_english
from rag.own_places import own_place, says_own_place
from rag.periods import anchored, years_ahead
from rag.scope import Named, find_named, fits_place, regions_of_names, with_newest
from rag.types import Question

_ASKS_FILE = Path(__file__).parent / "data" / "asks.tsv"
# A follow-up of no more content words than this is about the subject of the turn before: 到什么时候要完成?
# The best of 0 to 9 on dev; a longer one has a subject of its own.
_FEW_WORDS = 6
_FEWER_WORDS = 0  # if it names a place of its own: 那内蒙古2016年呢?
# Words that point back to the turn before, at the start or as the whole subject.
_POINTS_BACK = re.compile(
    r"^(?:那么|那|这个|这项|这|其中|该|其|它|他们|上述|此|再|还有|另外|同样|换成|and |what about|how about)",
    re.IGNORECASE,
)
_PARTICLES = re.compile(
    r"[呢吗么吧啊呀嘛的了呗哦,，。?？!！、\s]|请问|你好|您好|我想(?:问|知道|了解)(?:一下)?|麻烦|告诉我|一下"
)
_QUESTION_END = re.compile(r"[?？。呢吗\s]+$")
# Words that say what is asked and not about what: alone they make no subject.
ASKING = re.compile(
    r"哪个|哪些|哪几|哪|什么|多少|几|怎么|怎样|如何|为什么|是否|谁|何时|时候|部门|单位|负责|牵头|标准|比例|时间|多久|具体|内容|规定|"
    r"要求|目标|政策|达到|水平|程度|文件|情况|名单|是|有|要|由|来|去|到|会|能|可以|应|该|这个|那个|这项|其中|里面|方面|重点|对象"
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question understood. `text` is complete in itself: what earlier turns said is filled in."""

    question: Question
    text: str  # simplified, with the subject of earlier turns
    topic: str  # text without the places, years and documents: what is searched for
    named: Named
    asks: str  # department | percent | amount | date | count | yesno | definition | how | why | list | other
    figures: tuple[Figure, ...] = ()  # quantities the question itself states
    inherited: bool = False
    own_topic: str = ""  # what this turn itself says of the subject, without what earlier turns said
    label: str = ""  # what a part of a question is called to people, if its places and years do not tell it apart

    @property
    def compares(self) -> bool:
        """True if it sets things side by side: which is more, how they differ, what each is."""
        return is_comparison(self.question.text)

    def narrowed(self, named: Named) -> Query:
        """Return the same query for a part of what it names: one side of a comparison."""
        return replace(self, named=named)


def understand(question: Question, index: ClauseIndex, now: date | None = None) -> Query:
    """Return the question with its scope, its subject and what it asks for; `now` is the day that 去年 is counted from."""
    text = plain_text(question.text)
    named = _with_own_place(_named_in(text, index, now), text, question, index)
    topic = own_topic = _without(text, named)
    asks = what_is_asked(text)
    inherited = False
    for earlier in reversed(question.history):
        before = plain_text(earlier)
        before_named = _with_own_place(_named_in(before, index, now), before, replace(question, history=()), index)
        elliptical = is_elliptical(topic, names_place=bool(named.regions or named.documents))
        if elliptical:
            topic = _join_topics(_without(before, before_named), topic)
            asks = what_is_asked(before) if asks == "other" else asks
            inherited = True
        if elliptical or not named:
            named, filled = _fill(named, before_named, years_ahead(text))
            inherited = inherited or filled
        if named.regions and not is_elliptical(topic):
            break
    if question.regions or question.years:
        named = _filtered(named, question)
    named = with_newest(named, index.documents)
    if is_english(topic):
        topic = " ".join([*chinese_terms(topic), topic])
    figures = tuple(f for f in find_figures(topic) if f.kind != "date")
    return Query(question, text, topic, named, asks, figures, inherited, own_topic)


def _named_in(text: str, index: ClauseIndex, now: date | None) -> Named:
    return find_named(text, index.documents, lambda doc: index.validity(doc).status, now)


def _with_own_place(named: Named, text: str, question: Question, index: ClauseIndex) -> Named:
    """Return what a text names with the place that 我市 means in it, if it names none by name."""
    if named.regions or named.documents or not says_own_place(text):
        return named
    earlier = (_named_in(plain_text(turn), index, None).regions for turn in reversed(question.history))
    mention = own_place(text, next(filter(None, earlier), ()), index.documents)
    if mention is None:
        return named
    return replace(named, regions=mention.candidates, spans=(*named.spans, (mention.start, mention.end)))


def what_is_asked(text: str) -> str:
    """Return the kind of answer a question wants, by the first of the patterns that fits."""
    plain = normalise(text)
    return next((kind for kind, pattern in _asks() if pattern.search(plain)), "other")


def is_elliptical(topic: str, names_place: bool = False) -> bool:
    """True if too little is left without places, years and asking words to be a subject of its own: 那2016年呢?"""
    bare = ASKING.sub("", _PARTICLES.sub("", _POINTS_BACK.sub("", topic)))
    content = words(bare)
    return len(content) <= (_FEWER_WORDS if names_place else _FEW_WORDS)


@cache
def _asks() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = (line.split("\t") for line in _ASKS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return tuple((kind, re.compile(normalise(pattern), re.IGNORECASE)) for kind, pattern in rows)


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


def _join_topics(before: str, now: str) -> str:
    """Put the subject of the turn before ahead of what is asked now."""
    return f"{_QUESTION_END.sub('', _POINTS_BACK.sub('', before))} {_POINTS_BACK.sub('', now)}".strip()


def _fill(named: Named, before: Named, ahead: int) -> tuple[Named, bool]:
    """Fill the places, years and documents that this turn leaves out from the turn before; 次年 is one `ahead` of its."""
    if named.documents or named.missing:
        return named, False
    if named.regions:  # another place: its own years hold
        return named, False
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
    return filled, bool(before)
