"""Where the filters at the left stand before what a question names itself: that is told, and is one click to mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.errors import UserError
from index.types import Document
from rag.page.ask.session import Turn, Turns, turn_of
from rag.question.periods import say_years
from rag.question.scope import Named, find_named, regions_of_names
from rag.question.understand import plain_text
from rag.types import Question

KINDS = ("regions", "years")


@dataclass(frozen=True, slots=True)
class Filtered:
    """A filter that a question was asked with, and the places or years in its words that were not used for it."""

    kind: str  # regions | years
    name: str
    unused: str


def filtered_of(turn: Turn, documents: Sequence[Document]) -> tuple[Filtered, ...]:
    """Return the filters that stood before other places or years of the question; none that was put right since."""
    asked = turn.to_ask
    if turn.answer is None or not (asked.regions or asked.years):
        return ()
    named, scope = find_named(plain_text(asked.text), documents), turn.answer.scope
    found = []
    regions = _places(asked)
    if regions and set(regions) <= set(scope.regions) and (others := _other_places(named, regions)):
        found.append(Filtered("regions", "、".join(regions), "、".join(others)))
    years = tuple(year for year in named.years if year not in asked.years)
    if asked.years and set(asked.years) <= set(scope.years) and years:
        found.append(Filtered("years", say_years(asked.years), say_years(years)))
    return tuple(found)


def unfiltered(asked: Question, at: int) -> Question:
    """Return the question without its filter of a kind."""
    return replace(asked, regions=()) if KINDS[at] == "regions" else replace(asked, years=())


def kept_filters(turns: Turns, regions: list[str], years: list[int]) -> tuple[list[str], list[int]]:
    """Return the filters at the left that stay: without the one that was taken off the question asked again."""
    last = turns[-1] if turns else None
    before = turn_of(turns, last.instead_of) if last and last.live else None
    if last is None or before is None:
        return regions, years
    gone = [bool(getattr(before.to_ask, kind)) and not getattr(last.to_ask, kind) for kind in KINDS]
    return [] if gone[0] else regions, [] if gone[1] else years


def _places(asked: Question) -> tuple[str, ...]:
    try:
        return tuple(region.name for region in regions_of_names(asked.regions))
    except UserError:  # kept from an older table of places; its answer says so
        return ()


def _other_places(named: Named, filtered: Sequence[str]) -> list[str]:
    """Return the places named, if none of them is one of the filter: 朝阳 may be several."""
    names = [region.name for region in named.regions]
    return [] if set(names) & set(filtered) else names
