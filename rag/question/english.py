"""An English question into the Chinese terms of the field, by a glossary: the longest phrase wins."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_GLOSSARY = Path(__file__).parent.parent / "data" / "english.tsv"
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
            found = next((glossary[form] for form in _forms(phrase) if form in glossary), None)
            if found:
                terms += found
                break
        else:
            size = 1
            if not words[at].isascii() or words[at][0].isdigit():
                terms.append(words[at])
        at += size
    return list(dict.fromkeys(terms))


def _forms(phrase: str) -> list[str]:
    """Return a phrase as it stands, then as one: subsidies, taxes, an employee's."""
    ends = (("'s", ""), ("s'", ""), ("ies", "y"), ("es", ""), ("s", ""))
    return [phrase, *(phrase[: -len(end)] + one for end, one in ends if phrase.endswith(end))]


@cache
def _glossary() -> dict[str, list[str]]:
    rows = (line.split("\t") for line in _GLOSSARY.read_text("utf-8").splitlines() if line and line[0] != "#")
    return {english.strip().lower(): chinese.split() for english, chinese in rows}
