"""Spaces: all of one kind and never two; none between the letters of 长 春 市 or before a mark."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

_LISTED_FILE = Path(__file__).parent.parent / "data" / "listed_characters.txt"
_HAN = "\u3400-\u9fff〇"
_GAP = "[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]"
_RUNS = re.compile(rf"(?:[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]{_GAP}*| {_GAP}+)")
_LETTER = re.compile(rf"{_GAP}[{_HAN}]{_GAP}")
# 附　件 and 李　云 are two letters and stay; the gaps of a run are equal, so two words with a wider gap stay two.
_SPACED = re.compile(rf"(?<![{_HAN}])[{_HAN}](?P<gap>{_GAP}{{1,4}})[{_HAN}](?:(?P=gap)[{_HAN}])+(?![{_HAN}])")
_LETTER_COMMA = re.compile(f"[,，][{_HAN}][,，][{_HAN}][,，]")
_COMMAED = re.compile(rf"(?<![{_HAN}])[{_HAN}](?P<comma>[,，])[{_HAN}](?:(?P=comma)[{_HAN}]){{5,}}(?![{_HAN}])")
_BODIES = re.compile(r"..(?P<body>[部局厅])(?=.{2,}(?P=body)$)")  # 民 政 部 财 政 部 are two
_SEGMENT = re.compile("[^\n\x1d-\x1f]+")
_TOKENS = 8  # of a line that is letter-spaced throughout: OCR, where figures and marks stand apart too
_SINGLE = 0.7  # of them single Chinese characters or marks; OCR leaves some words whole
_SINGLE_TOKEN = re.compile(rf"[{_HAN}，。、；：！？（）《》“”]")
_BEFORE_MARK = re.compile(rf" (?=[，。；：、！？）》])(?<=[{_HAN}0-9A-Za-z%）》”] )| (?=[“”‘’])(?<=[{_HAN}] )")
_AFTER_MARK = re.compile(rf" (?=[{_HAN}])(?<=[“”‘’（《] )")


def join_letters(text: str) -> str:
    """Join characters that were set or scanned apart: three or more with equal gaps, or a whole line."""
    if _LETTER.search(text):
        text = _SEGMENT.sub(lambda match: _join(match[0]), text)
    if _LETTER_COMMA.search(text):
        text = _COMMAED.sub(lambda match: match[0].replace(match["comma"], ""), text)
    return text


def unify_spaces(text: str) -> str:
    """Make every space the plain one, and of several one; drop those beside a mark where only a scan puts them."""
    text = _RUNS.sub(" ", text)
    return _AFTER_MARK.sub("", _BEFORE_MARK.sub("", text))


def _join(line: str) -> str:
    if not _LETTER.search(f" {line} "):
        return line
    tokens = re.split(f"({_GAP}+)", line.strip(" \t\u3000\xa0"))
    words = tokens[::2]
    single = sum(bool(_SINGLE_TOKEN.fullmatch(word)) for word in words)
    if len(words) >= _TOKENS and single >= _SINGLE * len(words) and not _is_list(words):
        indent = line[: len(line) - len(line.lstrip(" \t\u3000\xa0"))]
        return indent + _join_all(words, tokens[1::2])
    return _SPACED.sub(_joined, line)


def _join_all(words: list[str], gaps: list[str]) -> str:
    """Join the words of a line but where a gap is wider than its others, or parts two Latin words."""
    usual = Counter(gaps).most_common(1)[0][0]
    joined = words[0]
    for gap, word in zip(gaps, words[1:], strict=True):
        latin = joined[-1:].isascii() and word[:1].isascii() and (len(word) > 1 or not joined[-1:].isdigit())
        joined += (" " if len(gap) > len(usual) or latin else "") + word
    return joined


def _joined(match: re.Match[str]) -> str:
    words = match[0].split(match["gap"])
    return match[0] if _is_list(words) else _BODIES.sub(r"\g<0> ", "".join(words))


def _is_list(words: list[str]) -> bool:
    """True for a list of single characters, 甲 乙 丙 or 大 中 小, and for names: 王 芳 赵 强 刘学军."""
    surnames, *sets = _listed()
    # A word of its own is a name if it starts as one; two single letters are, if the first is a surname.
    starts = "".join(word if len(word) == 1 else f"{word[0]}名" for word in words)[::2]
    whole = sum(map(len, (word if len(word) == 1 else "姓名" for word in words))) % 2 == 0
    return (whole and surnames.issuperset(starts)) or any(chars.issuperset("".join(words)) for chars in sets)


@cache
def _listed() -> tuple[frozenset[str], ...]:
    rows = _LISTED_FILE.read_text("utf-8").splitlines()
    return tuple(frozenset(row) for row in rows if row and row[0] != "#")
