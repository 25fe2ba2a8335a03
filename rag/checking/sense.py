"""Whether a statement turns round what its clause says: 不得 told as 可以, 提高 as 降低, 牵头 as 配合.

Each part of a statement is laid beside the part of the clause that shares most of its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from index.tokens import bigrams, cut, normalise

_DATA = Path(__file__).parent.parent / "data"
_PIECE = re.compile(r"[^,;:。!?\n、()]+")
_REACH = 2  # words after 不得 that it denies: 不得擅自收取
_ALIKE = 0.9  # share of the best match at which another part of the clause is laid beside as well
_LEAST = 2  # pairs of characters that two parts must share to be about the same


@dataclass(frozen=True)
class Piece:
    """A part of a sentence between commas: its pairs of characters, and the sides that it takes.

    `denials` are the words right after each negation, `reach` all that a negation may deny, `affirmed` the others.
    """

    text: str
    pairs: frozenset[str]
    sides: frozenset[tuple[int, int]]
    denials: tuple[frozenset[str], ...]
    reach: frozenset[str]
    affirmed: frozenset[str]


def reversals(text: str, clause: str) -> list[str]:
    """Return what a statement says the other way round than the clause."""
    held = _pieces(clause)
    found = []
    for piece in pieces(normalise(text)):
        beside = _beside(piece, held)
        found += _opposed(piece, beside)
        found += _denied(piece, beside)
    return found


def pieces(plain: str) -> tuple[Piece, ...]:
    """Return the parts of a text in normal form, each with what it affirms and denies."""
    return tuple(_piece(match[0]) for match in _PIECE.finditer(plain) if match[0].strip())


@lru_cache(maxsize=512)
def _pieces(clause: str) -> tuple[Piece, ...]:
    return pieces(normalise(clause))


def _piece(text: str) -> Piece:
    joints = {0}
    for word in cut(text):
        joints.add(max(joints) + len(word))
    # 新型农村合作医疗 is a word of its own, and 农村 in it takes no side; 进一步提高 does.
    words = (m[0] for m in _side_words().finditer(text) if {m.start(), m.end()} & joints)
    sides = frozenset(side for word in words for side in _sides()[word])
    return Piece(text, frozenset(bigrams(_side_words().sub(" ", text))), sides, *_polarity(text))


def _polarity(text: str) -> tuple[tuple[frozenset[str], ...], frozenset[str], frozenset[str]]:
    """Return the denials of a part, their reach, and the words that no negation reaches."""
    denials: list[frozenset[str]] = []
    reach: set[str] = set()
    affirmed: set[str] = set()
    end = 0
    for match in _negations().finditer(text):
        affirmed |= set(cut(text[end : match.start()])) if match.start() > end else set()
        kind = _negates()[match[0]]
        following = cut(text[match.end() :]) if kind != "plain" else []
        denials.append(_content(following[:_REACH]))
        reached = following if kind == "forbids" else following[:_REACH]
        reach |= set(reached)
        end = max(end, match.end() + len("".join(reached)))
    affirmed |= set(cut(text[end:]))
    return tuple(filter(None, denials)), _content(reach), _content(affirmed)


def _content(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word for word in words if len(word) > 1)


def _beside(piece: Piece, held: Sequence[Piece]) -> list[Piece]:
    """Return the parts of the clause that are about the same as a part of the statement."""
    shared = [len(piece.pairs & other.pairs) for other in held]
    best = max(shared, default=0)
    return [o for o, n in zip(held, shared, strict=True) if n >= max(_LEAST, best * _ALIKE)]


def _opposed(piece: Piece, beside: Sequence[Piece]) -> list[str]:
    """Return the sides that a part takes where every part of the clause beside it takes another of the same row."""
    found = []
    for row, side in sorted(piece.sides):
        taken = [{s for r, s in other.sides if r == row} for other in beside]
        own = {s for r, s in piece.sides if r == row}
        if len(own) == 1 and taken and all(t and side not in t for t in taken):
            found.append(f"“{piece.text.strip()}”与条款的“{beside[0].text.strip()}”说法相反")
    return found


def _denied(piece: Piece, beside: Sequence[Piece]) -> list[str]:
    """Return what a part affirms and the clause denies, or the other way round."""
    turned = [words for other in beside for words in _turned(other, piece)] if beside else []
    if any(not list(_turned(other, piece)) and not list(_turned(piece, other)) for other in beside):
        return []
    turned += [words for other in beside for words in _turned(piece, other)]
    return [f"“{'、'.join(sorted(words))}”在条款中的肯定或否定与此相反" for words in dict.fromkeys(turned)]


def _turned(one: Piece, other: Piece) -> Iterator[frozenset[str]]:
    """Yield what one part denies and the other affirms."""
    return (words & other.affirmed for words in one.denials if words & other.affirmed and not words & other.reach)


@cache
def _sides() -> dict[str, frozenset[tuple[int, int]]]:
    """Return each word with the rows and columns in which it stands."""
    found: dict[str, set[tuple[int, int]]] = {}
    for row, line in enumerate(_rows("opposites.tsv")):
        for side, words in enumerate(line):
            for word in words.split():
                found.setdefault(word, set()).add((row, side))
    return {word: frozenset(places) for word, places in found.items()}


@cache
def _side_words() -> re.Pattern[str]:
    """Return a pattern of the words that take a side, the longest first: 非营利性 is not 营利性."""
    return re.compile("|".join(map(re.escape, sorted(_sides(), key=len, reverse=True))))


@cache
def _negates() -> dict[str, str]:
    return dict(row for row in _rows("negation.tsv"))


@cache
def _negations() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_negates(), key=len, reverse=True))))


def _rows(name: str) -> list[list[str]]:
    lines = (_DATA / name).read_text("utf-8").splitlines()
    return [normalise(line).split("\t") for line in lines if line and line[0] != "#"]
