"""What a clause speaks of: places, years and plans, and the titles and 文号 that it quotes.

A question of a place or a year may be answered by a document of another, in a clause that speaks of it. Reading a
million clauses for that at each question would take minutes; so each is read once, when it is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from index.figures import DOC_NO, find_figures, normal_doc_no
from index.regions import find_regions
from index.titles import QUOTED
from index.types import Clause

PLANS = tuple(f"{numeral}五" for numeral in ("六", "七", "八", "九", "十", *(f"十{n}" for n in "一二三四五六")))

_TITLE = re.compile(r"《[^《》]*》")
_QUOTE_MARKS = re.compile('[“”"「」『』]')
_LEADS_IN = re.compile(r"[:：]\s*$")


def terms_of(clause: Clause) -> set[str]:
    """Return what a clause speaks of, as `place:`adcode, `year:`2020, `plan:`十三五, `end:`十三五, `title:`《…》, `number:`文号.

    A clause that leads a list in (到2020年,实现以下目标:) has its years and plans as `lead-year:` and so on as well.
    """
    times = set(_times(clause)) if clause.path != "0" else set()  # a preamble only tells of others
    leads = {f"lead-{term}" for term in times} if not clause.leaf and _LEADS_IN.search(clause.text) else set()
    places = {f"place:{region.adcode}" for mention in find_regions(clause.text) for region in mention.candidates}
    return places | times | leads | set(_cited(clause.text))


def _times(clause: Clause) -> Iterator[str]:
    if any(figure.kind == "date" for figure in clause.figures):  # to read them again is slow
        yield from (f"year:{year}" for year in years_spoken_of(clause.text))
    said = _QUOTE_MARKS.sub("", _TITLE.sub("", clause.text))
    for plan in PLANS:
        if plan in said:
            yield f"plan:{plan}"
            if f"{plan}末" in said or f"{plan}期末" in said:
                yield f"end:{plan}"


def _cited(text: str) -> Iterator[str]:
    yield from (f"title:{match[0]}" for match in QUOTED.finditer(text))
    yield from (f"number:{normal_doc_no(match)}" for match in DOC_NO.finditer(text))


@lru_cache(maxsize=4096)
def years_spoken_of(text: str) -> frozenset[int]:
    """Return the years a clause itself sets; those in titles and 文号 that it quotes are others'."""
    figures = find_figures(_TITLE.sub("", text))
    return frozenset(int(figure.value[:4]) for figure in figures if figure.kind == "date")
