"""Damaged text -> plain simplified Chinese, by rules that hold for any document.

Each step returns its text and is recorded on the document only if it changed something.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

_TONED = "a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜḿńňǹ"
_PINYIN = re.compile(rf"(?<=([\u3400-\u9fff]))\(([{_TONED}]{{1,6}})\)")
_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")  # Word has \x0b for a soft break, \x0c for a page
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffb\ue000-\uf8ff\x00-\x08\x0e-\x1c\x7f]"
)
_SPACES = re.compile("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_QUOTE_SPACE = re.compile(r"(?<=[\u3400-\u9fff]) (?=[“”‘’])|(?<=[“”‘’]) (?=[\u3400-\u9fff])")  # “一卡通 ”
_STRAY_COMMA = re.compile(r"[,，]+(?=[,，。、；;：:！!）)])")
_MIN_TRADITIONAL = 0.05  # a simplified page that quotes one traditional name stays as it is


def clean(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the repaired text, and the names of the steps that changed it."""
    steps: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("去除不可见字符", remove_invisible),
        ("复原错位的GBK字节", repair_gbk_slips),
        ("去除夹注拼音", remove_pinyin),
        ("去除多余逗号", remove_stray_commas),
        ("繁体转简体", to_simplified),
    )
    done = []
    for name, step in steps:
        repaired = step(text)
        if repaired != text:
            done.append(name)
        text = repaired
    return text, tuple(done)


def line_spans(text: str) -> list[tuple[int, int]]:
    """Return where the lines of a text stand before it is cleaned; no step adds or drops a line."""
    ends = [match.span() for match in _BREAKS.finditer(text)]
    return list(zip([0, *(end for _, end in ends)], [*(start for start, _ in ends), len(text)], strict=True))


def remove_invisible(text: str) -> str:
    """Normalise line ends and spaces; drop zero-width, control and private-use characters."""
    text = _BREAKS.sub("\n", text)
    return _QUOTE_SPACE.sub("", _SPACES.sub(" ", _INVISIBLE.sub("", text)))


def remove_pinyin(text: str) -> str:
    """Drop `(yī)` after 医, but keep any bracket that is not a reading of the character before it."""

    def drop(match: re.Match[str]) -> str:
        return "" if match[2] in _readings(match[1]) else match[0]

    return _PINYIN.sub(drop, text)


def remove_stray_commas(text: str) -> str:
    """Drop a comma that stands directly before another punctuation mark."""
    return _STRAY_COMMA.sub("", text)


def to_simplified(text: str) -> str:
    """Turn a text that is mainly traditional into simplified Chinese."""
    if not _is_traditional(text):
        return text
    return _converter().convert(text)  # type: ignore[no-any-return]


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _is_traditional(text: str) -> bool:
    # A character that GB 2312 lacks and GBK has is nearly always a traditional form.
    chars = Counter(c for c in text if "\u4e00" <= c <= "\u9fff")
    extended = sum(n for c, n in chars.items() if not _encodes(c, "gb2312"))
    return extended > _MIN_TRADITIONAL * max(1, chars.total())


def repair_gbk_slips(text: str) -> str:
    """Put right the places where an edit of GBK bytes, out of step by one, split a character.

    A tool that looks for byte pairs without minding where characters begin can hit the second
    byte of one character and the first of the next. The half cut off shows as `?` and all that
    follows is read one byte late, up to the first single-byte character: `?;鶎俞t` is
    `。基層醫`. Two such edits are known, and either gives the lost byte back:

    - a reading put after a pair that looked like a character (`域為` holds the bytes of `驗`,
      so it became `域?yàn)橹`): the lost byte completes a character with that reading;
    - a full-width mark `A3 xx` made ASCII: the lost byte and `A3` make a character, taken to be
      the one that fits best between its neighbours in this very document.
    """
    pieces, done = [], 0
    counts: tuple[Counter[str], Counter[str]] | None = None
    for match in re.finditer(rf"\?(?:([{_TONED}]{{1,6}})\)|(?=[!-/:-@]))", text):
        if match.start() < done:
            continue
        if counts is None:
            sound = remove_pinyin(text)
            counts = Counter(sound), Counter(map("".join, pairwise(sound)))
        repair = _slip_repair(text, match, counts)
        if repair:
            pieces += [text[done : match.start()], repair[0]]
            done = repair[1]
    return "".join(pieces) + text[done:]


def _slip_repair(text: str, slip: re.Match[str], counts: tuple[Counter[str], Counter[str]]) -> tuple[str, int] | None:
    """Return the characters that stood at the slip and where the text is in step again."""
    before = _PINYIN.sub("", text[max(0, slip.start() - 12) : slip.start()])[-1:]
    if slip[1]:
        leads, at, first = _leads_by_reading(before, slip[1]), slip.end(), b""
    else:
        at = slip.end() + 1
        leads, first = bytes(range(0x81, 0xFF)), bytes([0xA3, ord(text[slip.end()]) | 0x80])
    best: tuple[float, str, int] | None = None
    for lead in leads:
        read = _read_in_step(bytes([lead]) + first, text, at)
        if read:
            fit = _fit(before + read[0] + text[read[1] : read[1] + 1], counts)
            best = max(best or (fit, *read), (fit, *read))
    damaged = text[at : best[2]] if best else ""
    # The repair must read better than the damage, character for character, to be believed.
    # The first character was chosen for its fit; if the text is in step right after it, it is all there is.
    if best and _common_share(best[1][1:] or best[1]) > _common_share(damaged):
        return best[1], best[2]
    return None


def _read_in_step(head: bytes, text: str, at: int, limit: int = 64) -> tuple[str, int] | None:
    """Decode `head` and the bytes of text[at:] up to the single byte that ends the slip."""
    data = head
    for end in range(at, min(len(text), at + limit)):
        try:
            data += text[end].encode("gbk")
        except UnicodeEncodeError:
            return None
        if ord(text[end]) < 0x80:
            try:
                chars = data.decode("gbk")
            except UnicodeDecodeError:
                return None
            return (chars, end + 1) if all("\u3000" <= c <= "\u9fff" for c in chars) else None
    return None


def _leads_by_reading(before: str, reading: str) -> bytes:
    """Return the bytes that, after the last byte of `before`, make a character read so."""
    try:
        tail = before.encode("gbk")[1:]
    except UnicodeEncodeError:
        return b""
    if not tail:  # a single byte before: no half of it can have been hit
        return b""
    pairs = ((lead, (tail + bytes([lead])).decode("gbk", "ignore")) for lead in range(0x40, 0xFF))
    return bytes(lead for lead, char in pairs if len(char) == 1 and reading in _readings(char))


def _fit(run: str, counts: tuple[Counter[str], Counter[str]]) -> float:
    """Log-likelihood of a run under the document's own character bigrams, smoothed by unigrams."""
    ones, twos = counts
    total = ones.total()
    pairs = pairwise(run)
    return sum(math.log((twos[a + b] + 0.5 * (ones[b] + 0.1) / total) / (ones[a] + 0.5)) for a, b in pairs)


def _common_share(chars: str) -> float:
    """Return the share of characters that, simplified, are in level 1 of GB 2312 (the 3,755 common ones)."""
    common = 0
    for char in to_simplified(chars):
        data = char.encode("gb2312", "ignore")
        common += len(data) == 2 and b"\xb0\xa1" <= data <= b"\xd7\xf9"
    return common / max(1, len(chars))


def _readings(char: str) -> set[str]:
    """Return every reading of a character, with tone marks."""
    from pypinyin import Style, pinyin

    return {unicodedata.normalize("NFC", r) for r in pinyin(char, style=Style.TONE, heteronym=True)[0]}


def _encodes(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
