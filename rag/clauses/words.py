"""What was typed into the search line, as terms: \"exact phrases\", units, figures and words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.tokens import synonyms, words
from rag.clauses.figure import Wanted, read_figure, read_unit

_MARKS = '"“”„‟‘’「」『』'
_QUOTED = re.compile(rf"[{_MARKS}]([^{_MARKS}]+)[{_MARKS}]")
# 200 - 500 元: what the spaces part is one figure.
_LOOSE_FIGURE = re.compile(r"(?<=\d)\s*([-—–~～至到])\s*(?=\d)|(?<=\d)[,，](?=\d{3}(?!\d))|(?<=[<>≤≥=])\s+(?=\d)")
_LOOSE_UNIT = re.compile(r"((?:[<>≤≥]=?\s*)?\d[\d.,]*(?:[-—–~～至到]\d[\d.,]*)?)\s+(\S+)")
_SPACES = re.compile(rf"[{_MARKS}\s,，;；、。\u0000-\u001f]+")
_MOST = 12  # terms that are looked for
_SYNONYMS = 8


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a clause must hold: a word in whatever way, a phrase to the letter, or a figure."""

    text: str
    exact: bool = False
    figure: Wanted | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The words that it is made of, if it is made of several."""
        found = [word for word in dict.fromkeys(words(self.text)) if len(word) > 1]
        whole = [word for word in found if not any(word != other and other.startswith(word) for other in found)]
        return tuple(whole) if len(whole) > 1 else ()

    @property
    def others(self) -> tuple[str, ...]:
        """Other words for it; those of one character stand in too many."""
        return tuple(word for word in synonyms(self.text) if len(word) > 1)[:_SYNONYMS]


def read_terms(text: str) -> tuple[Term, ...]:
    """Return the terms of a search line in order, each once; a lone unit means a figure of that unit."""
    phrases = [Term(match[1].strip(), exact=True) for match in _QUOTED.finditer(text) if match[1].strip()]
    rest = _LOOSE_FIGURE.sub(r"\1", _QUOTED.sub(" ", text))
    rest = _LOOSE_UNIT.sub(_joined, rest)
    terms = [term_of(word) for word in _SPACES.split(rest) if word]
    return tuple(dict.fromkeys([*phrases, *terms]))[:_MOST]


def term_of(word: str) -> Term:
    """Return a word as a term: a unit, a figure, or the word."""
    unit = read_unit(word)
    return Term(word, figure=Wanted(unit) if unit else read_figure(word))


def _joined(match: re.Match[str]) -> str:
    """Join a number and the unit after it; what is no unit stays apart."""
    unit = match[2] if read_unit(match[2]) else f" {match[2]}"
    return match[1] + unit
