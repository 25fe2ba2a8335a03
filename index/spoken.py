"""What a clause speaks of: places, years and plans, and the titles and 文号 that it quotes.

A question of a place or a year may be answered by a document of another, in a clause that speaks of it. Reading a
million clauses for that at each question would take minutes; so each is read once, when it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from index.figures import DOC_NO, find_figures, normal_doc_no
from index.identity import text_key
from index.regions import find_regions
from index.titles import QUOTED
from index.types import Clause

PLANS = tuple(f"{numeral}五" for numeral in ("六", "七", "八", "九", "十", *(f"十{n}" for n in "一二三四五六")))

_TITLE = re.compile(r"《[^《》]*》")
_QUOTE_MARKS = re.compile('[“”"「」『』]')
_LEADS_IN = re.compile(r"[:：]\s*$")


def terms_of(clauses: Sequence[Clause]) -> list[set[str]]:
    """Return what each clause of a document speaks of: `place:220100`, `year:2020`, `plan:十三五`, `end:十三五`, `title:《…》`, `number:…`.

    What a clause leads in (到2020年,实现以下目标:(一)…) is of its years and plans as well. The first has the key of the
    whole text (`text:…`), by which a copy of the document is known.
    """
    found: list[set[str]] = []
    led: dict[str, set[str]] = {}
    for clause in clauses:
        times = times_of(clause)
        if times and not clause.leaf and _LEADS_IN.search(clause.text):
            led[clause.path] = times
        above = [led.get(clause.path[:at], set()) for at, char in enumerate(clause.path) if char == "."] if led else []
        places = {f"place:{region.adcode}" for mention in find_regions(clause.text) for region in mention.candidates}
        found.append(places.union(times, *above, _cited(clause.text)))
    for terms in found[:1]:
        terms.add(f"text:{text_key(clauses[0].doc.text)}")
    return found


def times_of(clause: Clause) -> set[str]:
    """Return the years and plans that a clause itself speaks of; a preamble only tells of others."""
    if clause.path == "0":
        return set()
    dated = any(figure.kind == "date" for figure in clause.figures)  # to read them again is slow
    years = {f"year:{year}" for year in _years(clause.text)} if dated else set()
    said = _QUOTE_MARKS.sub("", _TITLE.sub("", clause.text))
    plans = [plan for plan in PLANS if plan in said]
    ends = [plan for plan in plans if f"{plan}末" in said or f"{plan}期末" in said]
    return years.union((f"plan:{plan}" for plan in plans), (f"end:{plan}" for plan in ends))


def _cited(text: str) -> Iterator[str]:
    yield from (f"title:{match[0]}" for match in QUOTED.finditer(text))
    yield from (f"number:{normal_doc_no(match)}" for match in DOC_NO.finditer(text))


@lru_cache(maxsize=4096)
def _years(text: str) -> frozenset[int]:
    """Return the years a clause itself sets; those in titles and 文号 that it quotes are others'."""
    figures = find_figures(_TITLE.sub("", text))
    return frozenset(int(figure.value[:4]) for figure in figures if figure.kind == "date")
