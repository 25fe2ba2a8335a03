"""What a question wants of a place in a document: its text, how many there are, what they are called, or something in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from index.place_words import plain

_WORDS_FILE = Path(__file__).parent.parent / "data" / "structure_words.tsv"
_UNITS = {
    "条款": "条", "条文": "条", "条目": "条", "章节": "章",
    "articles": "条", "clauses": "条", "chapters": "章", "sections": "节", "parts": "部分", "paragraphs": "款",
    "items": "项", "annexes": "附件", "points": "点",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """`kind` is whole, penalty, count or list, or ask where the question says more; `unit` is what is counted or listed.

    `rest` is what the question says besides names, numbers of clauses and words of asking; it
    may be the heading of the place (总则有几条), and then `without_rest` is what is wanted.
    """

    kind: str
    unit: str = ""
    rest: str = ""
    kind_without: str = "whole"

    @property
    def is_of_penalty(self) -> bool:
        """True if what breaking the place costs is asked for, with or without saying more of it."""
        return "penalty" in (self.kind, self.kind_without)

    def without_rest(self) -> Wish:
        return replace(self, kind=self.kind_without, rest="")


def wish_of(text: str, names: Iterable[tuple[int, int]]) -> Wish:
    """Return what a question wants of the places that it names; `names` are the spans of places and documents."""
    chars = list(plain(text).lower())
    for start, end in names:
        chars[start:end] = " " * (end - start)
    rest, kind, unit = "".join(chars), "whole", ""
    for word_kind, pattern in _words():
        for match in pattern.finditer(rest):
            if word_kind != "whole" and kind == "whole":
                kind, unit = word_kind, _unit(match)
        rest = pattern.sub(" ", rest)
    rest = re.sub(r"[\W_]+", " ", rest).strip()
    return Wish("ask" if rest else kind, unit, rest, kind)


def without_asking(text: str) -> str:
    """Return what of a text is left without the words of asking: what may describe a document."""
    return wish_of(text, ()).rest


def _unit(match: re.Match[str]) -> str:
    said = next((group for group in match.groups() if group), "")
    return _UNITS.get(said, said)


@cache
def _words() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = (line.split("\t") for line in _WORDS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return tuple((kind, re.compile(pattern)) for kind, pattern in rows)
