"""Of which years a document is, and of which a clause speaks: what is asked of 2020 may stand in a document of 2017."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

from index.figures import find_figures
from index.types import Clause, Document
from rag.question.periods import PLANS, plan_years, years_of_title

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_QUOTED = re.compile(r"《[^《》]*》")
_QUOTE_MARKS = re.compile('[“”"「」『』]')
_LEADS_IN = re.compile(r"[:：]\s*$")


class Timed(Protocol):
    """The years that a question names, those that it names as plans (十三五), and those of printing (2012年印发)."""

    @property
    def years(self) -> tuple[int, ...]: ...
    @property
    def plans(self) -> tuple[str, ...]: ...
    @property
    def issued(self) -> frozenset[int]: ...


def is_of_years(doc: Document, asked: Timed) -> bool:
    """True if a document is of the years asked about, or was printed in a year asked about as such.

    One that names no year of its own may be of any.
    """
    own = years_of(doc)
    return not asked.years or not own or not own.isdisjoint(asked.years) or not printed_in(doc).isdisjoint(asked.issued)


def years_of(doc: Document) -> set[int]:
    """Return the years a document is for: its policy year, those of its title, and the year it was printed in.

    One printed before the years of its title is not of that year: 2020年工作要点, issued in December 2019. One whose title
    names none is of the year it came into force too.
    """
    titled = years_of_title(doc.title)
    own = {year for year in (doc.year, *titled) if year}
    in_force = {int(doc.date_effective[:4])} if doc.date_effective and not titled else set()
    return own | in_force | {year for year in printed_in(doc) if not titled or year > min(titled)}


def may_speak_of(text: str, asked: Timed) -> bool:
    """True if a text writes a year or plan asked about somewhere; it may be the year of something else."""
    written = (form for year in asked.years for form in _written_years(year))
    return any(form in text for form in (*asked.plans, *written, *_plan_ends(asked.years)))


def speaks_of_years(clause: Clause, asked: Timed) -> bool:
    """True if a clause sets a date in the years asked about, or speaks of the plan; a preamble only tells of others."""
    if clause.path == "0":
        return False
    if not _years_spoken_of(clause.text).isdisjoint(asked.years):
        return True
    said = _QUOTE_MARKS.sub("", _QUOTED.sub("", clause.text))
    return any(plan in said for plan in asked.plans) or any(
        f"{plan}{end}" in said for plan in _plan_ends(asked.years) for end in ("末", "期末")
    )


def leads_in(clauses: Iterable[Clause], asked: Timed) -> frozenset[str]:
    """Return the paths of the clauses that lead a list in with the year asked about: 到2020年,实现以下目标:(一)…"""
    return frozenset(c.path for c in clauses if not c.leaf and _LEADS_IN.search(c.text) and speaks_of_years(c, asked))


def printed_in(doc: Document) -> set[int]:
    return {int(date[:4]) for date in (doc.date_issued, doc.date_published) if date}


def _plan_ends(years: Sequence[int]) -> list[str]:
    """Return the five-year plans that end in one of the years: 2020 is what 十三五末 says."""
    return [name for name in PLANS if plan_years(name)[-1] in years]


def _written_years(year: int) -> tuple[str, ...]:
    """Return how a text may write a year: to look for it is quick, to read all dates of 500 laws takes seconds."""
    digits = str(year)
    han = [digits.translate(str.maketrans("0123456789", f"{zero}一二三四五六七八九")) for zero in "〇零○"]
    return digits, digits.translate(_WIDE), f"{digits[2:]}年", f"{digits[2:].translate(_WIDE)}年", *han


@cache
def _years_spoken_of(text: str) -> frozenset[int]:
    """Return the years a clause itself sets; those in titles and 文号 that it quotes are others'."""
    figures = find_figures(_QUOTED.sub("", text))
    return frozenset(int(figure.value[:4]) for figure in figures if figure.kind == "date")
