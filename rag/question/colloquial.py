"""Everyday words into those of official texts, by a word list: 大夫 is 医师, 门槛费 is 起付线."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

from index.tokens import cut, normalise

_LIST = Path(__file__).parent.parent / "data" / "colloquial.tsv"


@lru_cache(maxsize=512)
def formal_terms(text: str) -> dict[str, tuple[str, ...]]:
    """Return each everyday phrase that a text holds, the longest at each place, with its official terms."""
    plain = normalise(text)
    table, longest = _table()
    # Words begin and end here: 年报 in 2024年报销 is no word, nor 职工养老 in 职工养老保险.
    edges = {0, *accumulate(map(len, cut(plain)))}
    found: dict[str, tuple[str, ...]] = {}
    at = 0
    while at < len(plain):
        for size in range(min(longest, len(plain) - at), 1, -1):
            phrase = plain[at : at + size]
            if phrase in table and at in edges and at + size in edges:
                found[phrase] = table[phrase]
                break
        else:
            size = 1
        at += size
    return found


def formal_wording(text: str) -> str:
    """Return a text with the first official term in place of each everyday phrase."""
    for phrase, terms in formal_terms(text).items():
        text = text.replace(phrase, terms[0])
    return text


@cache
def _table() -> tuple[dict[str, tuple[str, ...]], int]:
    rows = (line.split("\t") for line in _LIST.read_text("utf-8").splitlines() if line and line[0] != "#")
    table = {normalise(phrase): tuple(normalise(terms).split()) for phrase, terms in rows}
    return table, max(map(len, table))
