"""What is marked in a clause that was found, and the part of a long one that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from index.types import Clause
from rag.clauses.departments import department_key
from rag.clauses.figure import Wanted, ends_of
from rag.clauses.fold import fold
from rag.clauses.words import Term

Span = tuple[int, int]

_LONGEST = 260  # characters of a clause that are shown; of a longer one those around the marks
_BEFORE, _AFTER = 36, 64
_GAP = "…"
_ENDS = "。，、；：,;:)）》”\n "


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a clause's text, marked or not."""

    text: str
    marked: bool = False


def find_marks(
    clause: Clause, terms: Sequence[Term], figures: Sequence[Wanted] = (), departments: Sequence[str] = ()
) -> tuple[Span, ...]:
    """Return what of a clause's text answers the terms, in order and apart: words, their synonyms, figures, departments."""
    plain = fold(clause.text)
    wanted = [*figures, *(term.figure for term in terms if term.figure)]
    keys = {department_key(name) for name in (*departments, *(term.text for term in terms if not term.exact))}
    named = [name for name in clause.departments if department_key(name) in keys]
    words = [word for term in terms if not term.figure for word in _words_of(term, plain)]
    spans = [span for word in (*words, *named) for span in _places(plain, fold(word))]
    return _merged([*spans, *_figures(clause, wanted)])


def excerpt(text: str, marks: Sequence[Span]) -> tuple[Piece, ...]:
    """Return a text cut at its marks; of a long one what stands around the first of them, with … for the rest."""
    pieces: list[Piece] = []
    end = 0
    for start, stop in _windows(text, marks):
        pieces += [Piece(_GAP)] if start > end else []
        pieces += _cut(text, start, stop, marks)
        end = stop
    return (*pieces, Piece(_GAP)) if end < len(text) else tuple(pieces)


def _words_of(term: Term, plain: str) -> tuple[str, ...]:
    """Return the words of a term that a text may hold: itself, else its parts; and its synonyms."""
    if term.exact:
        return (term.text,)
    parts = () if fold(term.text) in plain else term.parts
    return (term.text, *parts, *term.others)


def _places(plain: str, word: str) -> Iterator[Span]:
    """Yield where a word stands, a number only where it is whole."""
    before, after = r"(?<!\d)" if word[:1].isdigit() else "", r"(?!\d)" if word[-1:].isdigit() else ""
    return (match.span() for match in re.finditer(before + re.escape(word) + after, plain) if word)


def _figures(clause: Clause, wanted: Sequence[Wanted]) -> Iterator[Span]:
    for figure in clause.figures:
        if figure.kind == "date":
            continue
        low, high = ends_of(figure)
        if any(figure.unit == w.unit and high >= w.low and low <= w.high for w in wanted):
            yield figure.start, figure.end


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that touch made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _windows(text: str, marks: Sequence[Span]) -> tuple[Span, ...]:
    """Return the parts of a text that are shown."""
    if len(text) <= _LONGEST:
        return ((0, len(text)),)
    windows: tuple[Span, ...] = ()
    for start, end in marks:
        wider = _merged([*windows, (_from(text, start - _BEFORE), min(len(text), end + _AFTER))])
        if windows and sum(stop - begin for begin, stop in wider) > _LONGEST:
            break
        windows = wider
    return windows or ((0, _LONGEST),)


def _from(text: str, start: int) -> int:
    """Return where a window begins: not with a mark that ends a sentence."""
    start = max(0, start)
    while start and text[start] in _ENDS:
        start += 1
    return start


def _cut(text: str, start: int, stop: int, marks: Sequence[Span]) -> list[Piece]:
    inside = [(max(a, start), min(b, stop)) for a, b in marks if a < stop and b > start]
    pieces: list[Piece] = []
    for a, b in inside:
        pieces += [Piece(text[start:a]), Piece(text[a:b], marked=True)]
        start = b
    return [piece for piece in (*pieces, Piece(text[start:stop])) if piece.text]
