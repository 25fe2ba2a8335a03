"""The list of conversations as it is shown: by days, the last used first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from rag.page.parts import render
from rag.page.visitor import Visitor
from rag.records.conversations import Summary

TODAY, YESTERDAY, THIS_WEEK, EARLIER = "今天", "昨天", "本周", "更早"


@dataclass(frozen=True, slots=True)
class Group:
    """The conversations last used on certain days."""

    name: str
    rows: tuple[Summary, ...]


def render_list(
    visitor: Visitor,
    found: Sequence[Summary],
    *,
    current: str,
    words: str = "",
    more: bool = False,
    complaint: str = "",
) -> str:
    """Return the list; `current` is the conversation that is open, `more` says that there are others."""
    groups = tuple(groups_of(found, date.today()))
    told = {
        "this_year": date.today().year,
        "groups": groups,
        "current": current,
        "words": words,
        "more": more,
        "complaint": complaint,
    }
    return render("history/list.html", visitor.language, **told)


def groups_of(found: Sequence[Summary], today: date) -> Iterator[Group]:
    """Put conversations, the last used first, into groups by how long ago that was; no group is empty."""
    for name, rows in groupby(found, lambda summary: _when(summary.updated.date(), today)):
        yield Group(name, tuple(rows))


def _when(day: date, today: date) -> str:
    if day >= today:
        return TODAY
    if day == today - timedelta(days=1):
        return YESTERDAY
    return THIS_WEEK if day >= today - timedelta(days=today.weekday()) else EARLIER
