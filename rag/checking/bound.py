"""Whose figure it is: a true figure told of another subject of the same clause is the gravest lie.

A figure speaks of the words near it: those between the figures of its kind before and after it. A statement's figure
is borne out by an occurrence in the clause only if no other figure there is nearer to the statement's own words
(新农合75%左右 and 城镇居民70%以上 in one sentence), and if both are bounded alike (不低于 is not 不超过).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from index.figures import find_figures
from index.tokens import bigrams, cut, synonyms
from index.types import Figure

Span = tuple[int, int]

_BOUNDS_FILE = Path(__file__).parent.parent / "data" / "bounds.tsv"
_SENTENCE = re.compile(r"[^。;；!！?？\n]+")
_PIECE = re.compile(r"[^,，:：]+")
_JOINT = re.compile(r"[、和与及]")
# 收费水平相应提高: such a part has no figure, and takes none from its neighbours.
_DIRECTION = re.compile(
    r"(?:相应|进一步|逐步|适当|稳步|不断)(?:提高|增加|降低|提升|扩大|缩小|拉开|减少|调整|完善)(?![到至为])"
)
# What joins a figure to its subject, and is no subject itself.
_FIGURE_VERBS = {"达到", "提高", "增加", "降低", "减少", "实现", "稳定", "控制", "以上", "以下", "左右"}
_HALF = 5  # characters from a figure at which a word says half as much of it
_TOPIC = 0.5  # weight of the words of a sentence's first figure: they may speak of the later ones too
_YEAR = 3.0  # weight of a number among the words: 2013年 tells two figures apart from any distance
_TOUCHING = 3  # characters between a figure and the bound before it: 不低于人民币6万元
_OPPOSED = (("least", "most"), ("before", "after"), ("begin", "end"))
_KEPT = {"least", "most"}  # a bound that a statement may not leave out; 左右 it may
_MEASURED = _KEPT | {"about"}


@dataclass(frozen=True)
class Said:
    """A figure as a text says it: how near each pair of characters stands to it, and how it is bounded.

    `figure` is None for what is said with a direction only. `bounds` touch the figure, `loose` stand in its part.
    """

    figure: Figure | None
    near: dict[str, float]
    bounds: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    place: tuple[int, int] = (0, 0)  # the sentence, and the order in it among the figures of its kind

    def leads(self, other: Said) -> bool:
        """True if it is the first of its kind in a sentence where the other one comes later."""
        return self.place[0] == other.place[0] and self.place[1] == 0 < other.place[1]


def misbound(text: str, clause: str) -> list[str]:
    """Return what is wrong with the figures of a statement that the clause has: another's, or bounded otherwise."""
    held = _said_in_clause(clause)
    wrong = (_wrong(one, held, clause) for one in said(text) if one.figure)
    return [fault for fault in wrong if fault]


def _wrong(one: Said, held: Sequence[Said], clause: str) -> str:
    assert one.figure
    same = [h for h in held if h.figure and _value(h.figure) == _value(one.figure)]
    own = [h for h in same if not any(_rivals(rival, h) and _nearer(one, rival, h) for rival in held)]
    if same and not own:
        return f"“{one.figure.text}”在条款中说的是别的对象"
    if own and not any(_bounded_alike(one, h) for h in own):
        return f"“{one.figure.text}”的限定与条款不同, 条款写的是“{_worded(clause, own[0].figure)}”"
    return ""  # a figure that the clause does not have is for another check


def said(text: str, with_synonyms: bool = False) -> Iterator[Said]:
    """Yield the figures of a text with the words near them, and the parts that give a direction only."""
    figures = find_figures(text)
    for sentence in _SENTENCE.finditer(text):
        inside = [f for f in figures if sentence.start() <= f.start < sentence.end()]
        pieces = [(m.start() + sentence.start(), m.end() + sentence.start()) for m in _PIECE.finditer(sentence[0])]
        bare = [p for p in pieces if _is_bare(text, p, inside)]
        words = [p for p in pieces if p not in bare]
        for piece in bare:
            yield Said(None, _near(text, [piece], piece, inside, with_synonyms), place=(sentence.start(), -1))
        for figure in inside:
            peers = [f for f in inside if _kind(f) == _kind(figure)]
            spans = _spans(text, figure, peers, words)
            if figure.kind == "date" and figure is peers[-1]:
                spans += _governed(text, sentence.end(), figures)
            # 2013年 is a word to what stands in that year, and not to itself.
            silent = [f for f in inside if f.kind != "date" or figure.kind == "date"]
            near = _near(text, spans, (figure.start, figure.end), silent, with_synonyms)
            yield Said(figure, near, *_bounds(text, figure), (sentence.start(), peers.index(figure)))


@lru_cache(maxsize=512)
def _said_in_clause(text: str) -> tuple[Said, ...]:
    return tuple(said(text, with_synonyms=True))


def _is_bare(text: str, piece: Span, figures: Sequence[Figure]) -> bool:
    """True for a part of a sentence that gives a direction and no figure."""
    has_figure = any(piece[0] <= figure.start < piece[1] for figure in figures)
    return not has_figure and bool(_DIRECTION.search(text[slice(*piece)]))


def _spans(text: str, figure: Figure, peers: Sequence[Figure], pieces: Sequence[Span]) -> list[Span]:
    """Return the parts of a sentence that speak of a figure: from the figure of its kind before to the next one."""
    own = next((p for p in pieces if p[0] <= figure.start < p[1]), (figure.start, figure.end))
    beside = [f for f in peers if own[0] <= f.start < own[1]]
    if len(beside) > 1 and (paired := _paired(text, own, beside, figure)):
        return paired
    before = [f for f in peers if f.end <= figure.start]
    after = [f for f in peers if f.start >= figure.end]
    start = 0
    if before:  # its piece is its own to the end, if it is another piece
        last = before[-1]
        start = last.end if last in beside else next((p[1] for p in pieces if p[0] <= last.start < p[1]), last.end)
    end = len(text)
    if after:  # what stands before the next figure in the same piece is that one's
        end = figure.end if after[0] in beside else own[1]
    clipped = [(max(left, start), min(right, end)) for left, right in pieces]
    return [span for span in clipped if span[0] < span[1]]


def _governed(text: str, start: int, figures: Sequence[Figure]) -> list[Span]:
    """Return what follows in the paragraph up to the next date: 到2020年,… governs the sentences after its own."""
    paragraph = text.find("\n", start)
    dates = [f.start for f in figures if f.kind == "date" and f.start >= start]
    end = min([*dates, paragraph if paragraph >= 0 else len(text)])
    return [(start, end)] if start < end else []


def _paired(text: str, own: Span, beside: Sequence[Figure], figure: Figure) -> list[Span]:
    """Return the words of a figure where a list of subjects meets a list of figures: 甲和乙分别达到70%和75%."""
    listed = text[own[0] : beside[0].start].partition("分别")
    ends = [m.start() for m in _JOINT.finditer(listed[0])]
    if not listed[1] or len(ends) + 1 < len(beside):
        return []
    starts = [0, *(end + 1 for end in ends)][-len(beside) :]
    # The last subject is the first word after the last joint; what follows it is said of all of them.
    first = cut(listed[0][starts[-1] :])[:1]
    tail = starts[-1] + len("".join(first))
    subjects = [*zip(starts, (start - 1 for start in starts[1:]), strict=False), (starts[-1], tail)]
    left, right = subjects[list(beside).index(figure)]
    return [(own[0] + left, own[0] + right), (own[0] + tail, beside[0].start)]


def _near(
    text: str, spans: Sequence[Span], place: Span, figures: Sequence[Figure], with_synonyms: bool
) -> dict[str, float]:
    """Return the pairs of characters of the spans, each with its nearness: 1 beside the place, 1/2 at `_HALF`."""
    near: dict[str, float] = {}
    for word, at in (pair for span in spans for pair in _words(text, span, figures)):
        distance = max(place[0] - at - len(word), at - place[1], 0)
        for form in (word, *(synonyms(word) if with_synonyms and len(word) > 2 else ())):
            for pair in bigrams(form):
                weight = _YEAR if pair[0].isdigit() else 0.5 ** (distance / _HALF)
                near[pair] = max(near.get(pair, 0.0), weight)
    return near


def _words(text: str, span: Span, figures: Sequence[Figure]) -> Iterator[tuple[str, int]]:
    """Yield the words of a span, each with its place; figures are left out."""
    chars = list(text[slice(*span)])
    for figure in figures:
        for at in range(max(figure.start, span[0]), min(figure.end, span[1])):
            chars[at - span[0]] = " "
    at = span[0]
    for word in cut("".join(chars)):
        if len(word) > 1 and word not in _FIGURE_VERBS:
            yield word, at
        at += len(word)


def _nearer(one: Said, rival: Said, own: Said) -> bool:
    """True if what a statement says of its figure is nearer to a rival's words than to those of the figure itself."""
    ours, theirs = own.near.keys() - rival.near.keys(), rival.near.keys() - own.near.keys()
    if not ours and rival.leads(own):  # 标准2012年为240元,2013年为280元: what leads speaks of both
        return False
    if not any(pair[0].isdigit() for pair in ours):  # no year of its own: that of the figure before holds on
        theirs = {pair for pair in theirs if not pair[0].isdigit()}
    for_own = sum(one.near.get(pair, 0.0) for pair in ours) * (_TOPIC if own.leads(rival) else 1)
    return sum(one.near.get(pair, 0.0) for pair in theirs) * (_TOPIC if rival.leads(own) else 1) > for_own


def _bounded_alike(one: Said, own: Said) -> bool:
    if any(_opposed(one, own, *pair) for pair in _OPPOSED):
        return False
    if one.figure and one.figure.kind == "date":  # 到2016年底 for 2016年底前 changes nothing
        return True
    return one.loose & _MEASURED <= own.loose and own.bounds & _KEPT <= one.loose


def _opposed(one: Said, own: Said, low: str, high: str) -> bool:
    said, held = one.loose & {low, high}, own.loose & {low, high}
    return len(said) == len(held) == 1 and said != held


def _bounds(text: str, figure: Figure) -> tuple[frozenset[str], frozenset[str]]:
    """Return the kinds of the bounds that touch a figure, and of those in its part of the sentence."""
    before, after = _bound_words()
    start = max(text.rfind(mark, 0, figure.start) for mark in ",，:：;；。\n") + 1
    heads = [(_kinds()[m[0], "前"], figure.start - m.end()) for m in before.finditer(text, start, figure.start)]
    tails = {_kinds()[m[0], "后"] for m in after.finditer(figure.text[-3:])}
    if follows := after.match(text, figure.end):
        tails.add(_kinds()[follows[0], "后"])
    touching = {kind for kind, distance in heads if distance <= _TOUCHING}
    return frozenset(tails | touching), frozenset(tails | {kind for kind, _ in heads})


def _worded(text: str, figure: Figure | None) -> str:
    return text[max(0, figure.start - _TOUCHING) : figure.end + 2].strip() if figure else ""


def _value(figure: Figure) -> tuple[str, str]:
    return figure.value, figure.unit


def _kind(figure: Figure) -> tuple[str, str]:
    return figure.kind, figure.unit


def _rivals(rival: Said, own: Said) -> bool:
    """True for another value of the same kind, and for a direction without a figure in the same sentence."""
    if rival.figure is None or own.figure is None:
        return rival.figure is None and rival.place[0] == own.place[0]
    return _kind(rival.figure) == _kind(own.figure) and rival.figure.value != own.figure.value


@cache
def _kinds() -> dict[tuple[str, str], str]:
    rows = (line.split("\t") for line in _BOUNDS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return {(word, place): kind for word, kind, place in rows}


@cache
def _bound_words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns of the words before and after a figure, the longest first: 不低于 is not 低于."""
    before, after = (sorted((w for w, where in _kinds() if where == place), key=len, reverse=True) for place in "前后")
    return re.compile("|".join(map(re.escape, before))), re.compile("|".join(map(re.escape, after)))
