"""Of which years a document is, and of which a clause speaks: what is asked of 2020 may stand in a document of 2017."""

from __future__ import annotations

from typing import Protocol

from index.spoken import PLANS, times_of
from index.types import Clause, Document
from rag.question.periods import plan_years, years_of_title


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


def speaks_of_years(clause: Clause, asked: Timed) -> bool:
    """True if a clause sets a date in the years asked about, or speaks of the plan; a preamble only tells of others."""
    return not times_of(clause).isdisjoint(terms_of_years(asked))


def terms_of_years(asked: Timed) -> list[str]:
    """Return the terms (`index.spoken`) of the years and plans asked about; 十三五末 speaks of 2020."""
    ends = [plan for plan in PLANS if plan_years(plan)[-1] in asked.years]
    return [f"year:{y}" for y in asked.years] + [f"plan:{p}" for p in asked.plans] + [f"end:{p}" for p in ends]


def printed_in(doc: Document) -> set[int]:
    return {int(date[:4]) for date in (doc.date_issued, doc.date_published) if date}
