"""Digits that scanning or typing made letters and circles: 二○一二年, ２O１２年, l0%, 1OO元."""

from __future__ import annotations

import re

_ZEROS = "○◯ＯOoОоΟο"  # circles, and the letter in Latin, Cyrillic and Greek
_HAN = "一二三四五六七八九"
_YEAR = re.compile(rf"(?<![{_HAN}〇零{_ZEROS}0-9])[{_HAN}](?:[{_HAN}〇零{_ZEROS}0]){{3}}(?= ?年)")
# 一百○三条, 三○日, 三○○号, ○九年. A circle that no numeral stands beside is a blank: ○○市.
_CIRCLE = re.compile(
    rf"(?<=[{_HAN}十百千〇])[○◯]{{1,3}}(?=[{_HAN}〇日月年号条])|(?<![\u3400-\u9fff〇○◯])[○◯](?=[{_HAN}]年)"
)
_TO_ZERO = str.maketrans(dict.fromkeys(f"{_ZEROS}0", "〇"))

_LETTERS = "OoОоlI"
_TO_DIGIT = str.maketrans(dict(zip(_LETTERS, "000011", strict=True)))
_UNIT = re.compile(r" ?[%％‰元万亿年月日]|[个人户家〕］\]]")
_GASES = ("O2", "O3")  # O3日最大8小时平均浓度 is ozone
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9Оо])(?:[{_LETTERS}]{{1,9}}[0-9]|[OoОо][.][0-9]|[0-9]{{1,12}}[.,]?[{_LETTERS}])"
    rf"[0-9{_LETTERS}]{{0,12}}(?:[.,][0-9{_LETTERS}]{{1,12}})*(?![A-Za-z0-9Оо])"
)
_CANDIDATE = re.compile(
    rf"[{_ZEROS}lI](?:(?<=[0-9].)|(?=[.,]?[0-9])|(?=[{_HAN}〇○◯日月年号条{_ZEROS}]))|0(?<=[{_HAN}〇].)"
)


def restore_digits(text: str) -> str:
    """Put 〇 into years of Chinese numerals and digits into numbers, where nothing else can be meant."""
    if not _CANDIDATE.search(text):
        return text
    return "\n".join(_restore(line) if _CANDIDATE.search(line) else line for line in text.split("\n"))


def _restore(line: str) -> str:
    line = _YEAR.sub(lambda match: match[0].translate(_TO_ZERO), line)
    line = _CIRCLE.sub(lambda match: "〇" * len(match[0]), line)
    return _NUMBER.sub(_digits, line)


def _digits(match: re.Match[str]) -> str:
    """Return a number with digits for the letters between them; at its ends only before a unit: 5l is five litres."""
    number, unit = match[0], _UNIT.match(match.string, match.end())
    if unit and (number not in _GASES or unit[0] == "月"):
        return number.translate(_TO_DIGIT)
    found = [at for at, char in enumerate(number) if char in "0123456789"]
    start = 0 if number[1:2] == "." else found[0]
    return number[:start] + number[start : found[-1]].translate(_TO_DIGIT) + number[found[-1] :]
