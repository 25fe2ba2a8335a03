"""Which clauses hold all the terms, in their own words or in other ways, and how well."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import numpy.typing as npt

from rag.clauses.departments import department_key
from rag.clauses.table import Numbers, Table, Values
from rag.clauses.words import Term, term_of

Mask = npt.NDArray[np.bool_]

_SATURATION, _BY_LENGTH = 1.2, 0.75  # BM25's k1 and b, as the index has them
_OTHER_WAY = 0.3  # of a word's weight where it stands in the title, the headings, or as a synonym
_NEAR = 10.0  # characters apart at which two words count half as much together as side by side
_RESPONSIBLE, _LEAD = 100.0, 100.0  # above what any words add up to: who looks for a department wants what it must do


@dataclass(frozen=True, slots=True)
class Matched:
    """For each clause whether it holds all terms (`wide`), all in its own text (`own`), and how well.

    `apart` are the words that stand nowhere as they were typed, and the words they were read as; `figures` are the
    numbers of those looked for, None if none were.
    """

    own: Mask
    wide: Mask
    score: Values
    terms: tuple[Term, ...] = ()
    apart: dict[str, tuple[str, ...]] = field(default_factory=dict)
    figures: Numbers | None = None


@dataclass(frozen=True, slots=True)
class _One:
    """The same for one term, and where in the texts it stands."""

    own: Mask
    wide: Mask
    score: Values
    places: Numbers
    figures: Numbers | None = None


def match(table: Table, terms: Sequence[Term]) -> Matched:
    """Return the clauses that hold all of some terms; all clauses if there are none."""
    read, apart = _read_apart(table, terms)
    ones = [_match_one(table, term) for term in read]
    everything = np.ones(len(table), bool)
    score: Values = sum((one.score for one in ones), np.zeros(len(table)))
    for one, other in zip(ones, ones[1:], strict=False):
        score = score + _together(table, one.places, other.places)
    figures = [one.figures for one in ones if one.figures is not None]
    return Matched(
        own=reduce(np.logical_and, (one.own for one in ones), everything),
        wide=reduce(np.logical_and, (one.wide for one in ones), everything),
        score=score,
        terms=tuple(read),
        apart=apart,
        figures=np.unique(np.concatenate(figures)) if figures else None,
    )


def responsibility(table: Table, department: int) -> Values:
    """Return what a department's part in each clause counts for: the lead most, then any that is responsible."""
    leads, responsible = table.responsible(department, lead=True), table.responsible(department)
    return _RESPONSIBLE * responsible + _LEAD * leads


def _read_apart(table: Table, terms: Sequence[Term]) -> tuple[list[Term], dict[str, tuple[str, ...]]]:
    """Return the terms with each that no clause holds as typed cut into its words."""
    read: list[Term] = []
    apart: dict[str, tuple[str, ...]] = {}
    for term in terms:
        cut = not (term.exact or term.figure) and term.parts and not _stands(table, term)
        if cut:
            apart[term.text] = term.parts
        read += [term_of(part) for part in term.parts] if cut else [term]
    return list(dict.fromkeys(read)), apart


def _stands(table: Table, term: Term) -> bool:
    """Return whether a word as it was typed, or a synonym, is anywhere: in a clause, a heading, a title, a department."""
    places = (table.texts, table.headings, table.about)
    known = any(len(texts.find(word)) for texts in places for word in (term.text, *term.others))
    return known or table.departments.find(department_key(term.text)) >= 0


def _match_one(table: Table, term: Term) -> _One:
    if term.figure:
        number = table.units.find(term.figure.unit)
        figures = table.figures_between(number, term.figure.low, term.figure.high)
        mask = table.with_figures(figures)
        return _One(mask, mask, np.where(mask, _idf(mask), 0.0), table.figure_place[figures], figures)
    own, score = _said(table, term.text)
    places = table.texts.find(term.text)
    if term.exact:
        return _One(own, own, score, places)
    other = _otherwise(table, term)
    score = score + _OTHER_WAY * _idf(other) * other
    number = table.departments.find(department_key(term.text))
    if number >= 0:
        own, score = own | table.responsible(number), score + responsibility(table, number)
    return _One(own, own | other, score, places)


def _said(table: Table, word: str) -> tuple[Mask, Values]:
    """Return which clauses say a word, and BM25's weight of it in each."""
    counts = table.texts.counts(word)
    sizes = table.texts.sizes
    length = 1 - _BY_LENGTH + _BY_LENGTH * sizes / max(1.0, float(sizes.mean() if len(sizes) else 1))
    mask = counts > 0
    return mask, _idf(mask) * counts * (_SATURATION + 1) / (counts + _SATURATION * length)


def _otherwise(table: Table, term: Term) -> Mask:
    """Return which clauses have a word in their headings or their document's title, a synonym, or its parts asunder."""
    documents = table.about.holding(term.text)
    found: Mask = table.headings.holding(term.text)[table.heading_at] | documents[table.doc_at]
    for other in term.others:
        found = found | table.texts.holding(other)
    if term.parts:
        found = found | reduce(np.logical_and, (table.texts.holding(part) for part in term.parts))
    return found


def _idf(mask: Mask) -> float:
    found = int(mask.sum())
    return math.log(1 + (len(mask) - found + 0.5) / (found + 0.5))


def _together(table: Table, one: Numbers, other: Numbers) -> Values:
    """Return for each clause how near two terms come to each other: 1 side by side, 0 if one is missing."""
    best = np.zeros(len(table))
    if not len(one) or not len(other):
        return best
    after = np.searchsorted(other, one)
    owners = table.texts.owners(one)
    for at in (np.minimum(after, len(other) - 1), np.maximum(after - 1, 0)):
        same = table.texts.owners(other[at]) == owners
        gaps = np.abs(other[at] - one)
        np.maximum.at(best, owners[same], 1 / (1 + gaps[same] / _NEAR))
    return best
