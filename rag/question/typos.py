"""Slips of pinyin input mended: 付责 is read as 负责 where no text has the one and the index often has the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from index.regions import region_by_name
from index.store import ClauseIndex
from index.tokens import beginnings_among, cut, is_word, log_likelihood, words, words_among
from rag.question.colloquial import formal_terms

_DATA = Path(__file__).parent.parent / "data"
_HAN = re.compile(r"[\u4e00-\u9fff]+")
# Quoted names, and figures with the character beside them: 6万元, 第3条.
_KEPT = re.compile(r"《[^《》]*》|“[^“”]*”|\"[^\"]*\"|「[^「」]*」|〔[^〔〕]*〕|第?\d[\d.,]*\S?")
_NUMERALS = frozenset("〇零一二三四五六七八九十百千万亿两几半多少壹贰叁肆伍陆柒捌玖拾佰仟第")
_LONGEST = 6  # characters of a word that is mended
_LEAST = 2  # clauses that must have the word meant
_FAR = 200  # times as many as have the pair typed
_RIVAL = 5  # times as many as have another word of the same sound
# Gain in natural log-likelihood. Of 2,500 questions without a slip the best false gain was 7.9 for two characters
# (设质 for 设置) and 3.0 for three (种医院 for 中医院); with sounds that are only alike, 9.1 (整强 for 增强).
_GAIN = {False: (8.5, 4.0), True: (11.5, 8.0)}
_COMMON, _GAIN_COMMON = 0.04, (5.0, 3.0)  # share of the clauses with the word, and what is then enough: 补住 for 补助

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mend:
    """Characters typed, where they stand, and the word of the same length that they are read as."""

    start: int
    typed: str
    read: str
    gain: float = 0.0

    @property
    def end(self) -> int:
        return self.start + len(self.typed)


def mend(text: str, mends: Sequence[Mend]) -> str:
    """Return the text as it is read; every other character keeps its place."""
    for one in mends:
        text = text[: one.start] + one.read + text[one.end :]
    return text


def note_of(mends: Sequence[Mend]) -> str:
    """Say to people what was read as what; empty if nothing was."""
    said = dict.fromkeys(f"按“{one.read}”理解“{one.typed}”" for one in mends)
    return f"({'、'.join(said)}。)" if said else ""


def find_mends(text: str, index: ClauseIndex, kept: Sequence[Span] = ()) -> tuple[Mend, ...]:
    """Return the slips of a text, in order; what stands in the spans `kept`, in quotes or by a figure is none."""
    corpus = _Corpus(index)
    kept = [*kept, *(m.span() for m in _KEPT.finditer(text)), *_everyday(text)]
    found: list[Mend] = []
    for run in _HAN.finditer(text):
        for start, typed in _unknown(run[0], run.start(), kept, corpus):
            one = _meant(start, typed, corpus, alike=False) or _meant(start, typed, corpus, alike=True)
            found += [one] if one else []
    return _apart(found)


class _Corpus:
    """How often the clauses of an index have a word, or a pair of characters side by side."""

    def __init__(self, index: ClauseIndex) -> None:
        self._view = index.sparse["clause"]
        self.size = len(self._view)

    def count(self, word: str) -> int:
        return self._view.document_frequency(word)

    def pair(self, pair: str) -> int:
        return self._view.document_frequency(f"_{pair}")


def _apart(found: Sequence[Mend]) -> tuple[Mend, ...]:
    """Return the surest of those that overlap, with equal changes the shortest: 制渡 in 薪酬制渡."""
    chosen: list[Mend] = []
    for one in sorted(found, key=lambda m: -m.gain):
        if all(one.end <= other.start or other.end <= one.start for other in chosen):
            chosen.append(one)
    return tuple(sorted(chosen, key=lambda m: m.start))


def _everyday(text: str) -> Iterator[Span]:
    """Yield where everyday phrases that the word list knows stand."""
    for phrase in formal_terms(text):
        yield from (m.span() for m in re.finditer(re.escape(phrase), text))


def _unknown(run: str, at: int, kept: Sequence[Span], corpus: _Corpus) -> Iterator[tuple[int, str]]:
    """Yield what of a run may be a word typed wrongly: pieces side by side with a pair that hardly any clause has."""
    odd = [corpus.pair(run[i : i + 2]) * _FAR <= corpus.size for i in range(len(run) - 1)]
    pieces = cut(run) if any(odd) else []
    starts = [sum(map(len, pieces[:i])) for i in range(len(pieces))]
    for first, start in enumerate(starts):
        for last in range(first + 2, len(pieces) + 1):
            typed = "".join(pieces[first:last])
            end = start + len(typed)
            if len(typed) > _LONGEST or not _NUMERALS.isdisjoint(pieces[last - 1]):
                break
            free = all(at + end <= a or b <= at + start for a, b in kept)
            if free and any(odd[start : end - 1]) and _may_be_one(typed, pieces[first:last]):
                yield at + start, typed


def _may_be_one(typed: str, pieces: Sequence[str]) -> bool:
    """True if pieces may be one word: two single ones that say something by themselves, or more."""
    if not _NUMERALS.isdisjoint(typed) or is_word(typed):
        return False
    if len(typed) == 2:
        return all(map(words, pieces))
    return len(typed) > 3 or any(len(piece) == 1 for piece in pieces)


def _meant(start: int, typed: str, corpus: _Corpus, alike: bool) -> Mend | None:
    """Return the one usual word that differs from what was typed in one character of the same sound."""
    known = [(corpus.count(word), word, at) for at, word in _homophones(typed, alike)]
    known = sorted((one for one in known if one[0] >= _LEAST), reverse=True)
    if not known or len(known) > 1 and known[1][0] * _RIVAL > known[0][0]:
        return None
    count, word, at = known[0]
    if not _NUMERALS.isdisjoint(word) or region_by_name(word):
        return None
    common = not alike and count >= _COMMON * corpus.size
    gain = log_likelihood(word) - log_likelihood(typed)
    pairs = [typed[i : i + 2] for i in (at - 1, at) if 0 <= i < len(typed) - 1]
    usual = min(map(corpus.pair, pairs)) * _FAR <= count
    enough = (_GAIN_COMMON if common else _GAIN[alike])[len(typed) > 2]
    return Mend(start, typed, word, gain) if usual and gain >= enough else None


@lru_cache(maxsize=16_384)
def _homophones(typed: str, alike: bool) -> tuple[tuple[int, str], ...]:
    """Return the words that one character of the same sound makes of what was typed, each with its place."""
    found: list[tuple[int, str]] = []
    for at, char in enumerate(typed):
        before, after = typed[:at], typed[at + 1 :]
        if before and not beginnings_among((before,)):
            break
        others = _same_sound(char, alike) if at else _openings(typed[:2], alike)
        found += [(at, word) for word in words_among([f"{before}{other}{after}" for other in others])]
    return tuple(found)


@lru_cache(maxsize=16_384)
def _openings(pair: str, alike: bool) -> tuple[str, ...]:
    """Return what may stand for the first of two characters, so that a word begins with both."""
    return tuple(p[0] for p in beginnings_among([f"{other}{pair[1]}" for other in _same_sound(pair[0], alike)]))


@cache
def _same_sound(char: str, alike: bool) -> str:
    """Return the other characters that are typed by the same letters, or, if `alike`, by letters often taken for them."""
    characters, sounds = _table()
    heard = dict.fromkeys(other for sound in sounds.get(char, ()) for other in (_alike(sound) if alike else (sound,)))
    return "".join(dict.fromkeys("".join(characters.get(sound, "") for sound in heard)).keys() - {char})


def _alike(sound: str) -> list[str]:
    """Return the sounds that one is often taken for: zan of zhang."""
    heard = [sound]
    for place, one, other in _fuzzy():
        for left, right in ((one, other), (other, one)):
            heard += [swapped for known in heard if (swapped := _swap(known, place, left, right)) not in heard]
    return heard


def _swap(sound: str, place: str, left: str, right: str) -> str:
    if place == "final":
        return f"{sound[: -len(left)]}{right}" if sound.endswith(left) else sound
    whole = sound.startswith(left) and not (sound.startswith(f"{left}h") and right == f"{left}h")
    return f"{right}{sound[len(left) :]}" if whole else sound


@cache
def _table() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the characters of each sound, and the sounds of each character."""
    characters = {row[0]: row[1] for row in _rows("syllables.tsv")}
    sounds: dict[str, tuple[str, ...]] = {}
    for sound, chars in characters.items():
        for char in chars:
            sounds[char] = (*sounds.get(char, ()), sound)
    return characters, sounds


@cache
def _fuzzy() -> tuple[tuple[str, str, str], ...]:
    return tuple((row[0], row[1], row[2]) for row in _rows("fuzzy_sounds.tsv"))


def _rows(name: str) -> list[list[str]]:
    lines = (_DATA / name).read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if line and line[0] != "#"]
