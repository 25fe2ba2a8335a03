"""Readings put in brackets after characters: 醫(yī)療(liáo), 医（yi）疗（liao）."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

TONED = "a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜḿńňǹ"
_MARKED = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜḿńňǹ\u0300\u0301\u0304\u030c]|[a-zü][1-4]")
_OPEN, _CLOSE = r"(（\[［【〔｛{〈<", r")）\]］】〕｝}〉>"
_BRACKETED = re.compile(
    rf"[{_OPEN}](?<=[\u3400-\u9fff].) ?([{TONED}A-ZĀÁǍÀĒÉĚÈ\u0300\u0301\u0304\u030cɑɡ0-4 '’·]{{1,40}}?) ?[{_CLOSE}]"
)
_LETTERS = str.maketrans("ɑɡ", "ag", " '’·")
_LONGEST = 8  # characters before the bracket that it may read
_SYSTEMATIC = 3  # readings without tones in one text; `金额(e)` alone is a letter


def remove_readings(text: str) -> str:
    """Drop `(yī)` after 医, but keep any bracket that is not a reading of what stands before it.

    A reading without its tone goes only if the text has several, and hardly a bracket that is none; 们(men) has none.
    """
    found = [(match, _is_exact(text, match)) for match in _BRACKETED.finditer(text)]
    if not found:
        return text
    bare = [match for match, exact in found if not exact and not _has_tone(match[1])]
    loose = {match.start() for match in bare if _reads(_before(text, match), _letters(match[1]), False)}
    sure = len(loose) >= _SYSTEMATIC and len(loose) > 0.8 * len(bare)
    pieces, done = [], 0
    for match, exact in found:
        if exact or (sure and match.start() in loose):
            pieces.append(text[done : match.start()])
            done = match.end()
    return "".join(pieces) + text[done:]


def _is_exact(text: str, match: re.Match[str]) -> bool:
    """True for a reading with its tone, or one that has none; a single letter may be anything."""
    letters = _letters(match[1])
    return (len(letters) > 1 or _has_tone(letters)) and _reads(_before(text, match), letters, True)


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _LONGEST) : match.start()]


def _has_tone(reading: str) -> bool:
    return bool(_MARKED.search(reading.lower()))


def _letters(reading: str) -> str:
    return unicodedata.normalize("NFC", reading.lower()).translate(_LETTERS)


def _reads(chars: str, letters: str, toned: bool) -> bool:
    """True if the letters are the readings of the last of the characters, one or more, said together."""
    if not letters:
        return True
    if not chars or not "\u3400" <= chars[-1] <= "\u9fff":
        return False
    options = readings(chars[-1]) if toned else _toneless(chars[-1])
    return any(letters.endswith(one) and _reads(chars[:-1], letters[: -len(one)], toned) for one in options if one)


@cache
def readings(char: str) -> frozenset[str]:
    """Return every reading of a character: yī, and yi1."""
    from pypinyin import Style, pinyin

    told = [one for style in (Style.TONE, Style.TONE3) for one in pinyin(char, style=style, heteronym=True)[0]]
    return frozenset(unicodedata.normalize("NFC", one) for one in told)


@cache
def _toneless(char: str) -> frozenset[str]:
    from pypinyin import Style, pinyin

    told = pinyin(char, style=Style.NORMAL, heteronym=True, v_to_u=True)[0]
    return frozenset(told) | {one.replace("ü", "v") for one in told}
