"""Qualifiers of one series that exclude each other: 本科 is not 专科, D级 is not B级, 轻度 is not 重度."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from index.tokens import normalise

_SERIES_FILE = Path(__file__).parent.parent / "data" / "series.tsv"
# A类, Ⅱ级 (ii级 in normal form), 三档, 2星: any series of its own that counts up.
_COUNTED = re.compile(
    r"(?<![a-z\d])(?P<step>[a-z]|[ivx]{1,4}|[一二三四五六七八九十]{1,2}|[甲乙丙丁]|\d{1,2})(?P<of>类|级|档|等奖|星级|标段|孩)(?!以[上下])"
)


@lru_cache(maxsize=1024)
def other_of_series(question: str, said: str) -> tuple[str, str] | None:
    """Return what a question qualifies its matter by and what a text says in its place, both in normal form; None if they agree.

    A question that names two of a series, or none, compares or leaves it open.
    """
    for asked, held in zip(_members(question), _members(said), strict=True):
        if len(asked) == 1 and held and not asked & held:
            return next(iter(asked)), sorted(held)[0]
    counted, held_counts = _counted(question), _counted(said)
    for of, steps in counted.items():
        if len(steps) == 1 and (held := held_counts.get(of, set())) and not steps & held:
            return next(iter(steps)) + of, sorted(held)[0] + of
    return None


def _members(text: str) -> list[set[str]]:
    return [{match[1] for match in pattern.finditer(text)} for pattern in _patterns()]


def _counted(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in _COUNTED.finditer(text):
        found.setdefault(match["of"], set()).add(match["step"])
    return found


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    rows = (line.split("\t") for line in _SERIES_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return tuple(_pattern(words.split(), after) for words, after in rows)


def _pattern(words: list[str], after: str) -> re.Pattern[str]:
    names = "|".join(sorted(map(normalise, words), key=len, reverse=True))
    return re.compile(f"({names}){f'(?={after})' if after else ''}")
