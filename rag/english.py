"""An English question into the Chinese terms of the field, by a glossary: the longest phrase wins."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_GLOSSARY = Path(__file__).parent / "data" / "english.tsv"
_WORD = re.compile(r"[a-z]+(?:[-'/][a-z]+)*|\d+(?:[.,]\d+)*%?|[\u4e00-\u9fff]+")
_LONGEST = 8  # words in a phrase of the glossary


def is_english(text: str) -> bool:
    """True if a question is written in Latin letters, whatever Chinese names stand in it."""
    latin = len(re.findall(r"[A-Za-z]{2,}", text))
    return latin >= 3 and latin > len(re.findall(r"[\u4e00-\u9fff]", text)) / 2


def chinese_terms(text: str) -> list[str]:
    """Return the Chinese terms for the phrases of an English text, in order; numbers and Chinese stay."""
    words = _WORD.findall(text.lower())
    glossary = _glossary()
    terms: list[str] = []
    at = 0
    while at < len(words):
        for size in range(min(_LONGEST, len(words) - at), 0, -1):
            phrase = " ".join(words[at : at + size])
            found = glossary.get(phrase) or glossary.get(_singular(phrase))
            if found:
                terms += found
                break
        else:
            size = 1
            if not words[at].isascii() or words[at][0].isdigit():
                terms.append(words[at])
        at += size
    return list(dict.fromkeys(terms))


def _singular(phrase: str) -> str:
    if phrase.endswith("ies"):
        return f"{phrase[:-3]}y"
    return phrase.removesuffix("s")


@cache
def _glossary() -> dict[str, list[str]]:
    rows = (line.split("\t") for line in _GLOSSARY.read_text("utf-8").splitlines() if line and line[0] != "#")
    return {english.strip().lower(): chinese.split() for english, chinese in rows}
