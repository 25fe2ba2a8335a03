"""Places where an edit of GBK bytes, out of step by one, split a character."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise

from index.repairs.readings import TONED, readings, remove_readings
from index.repairs.script import simplify

_SLIP = re.compile(rf"\?(?:([{TONED}]{{1,6}})\)|(?=[!-/:-@]))")
_READING = re.compile(rf"(?<=[\u3400-\u9fff])\([{TONED}]{{1,6}}\)")
_REACH = 64  # characters that a slip is followed for
_MOST = 1000  # slips examined in one text; a badly damaged page has one in a thousand characters

Counts = tuple[Counter[str], Counter[str], int]  # characters, pairs, and how many characters


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
    slips = [(slip, tail) for slip in _SLIP.finditer(text) if (tail := _tail(text, slip))][:_MOST]
    if not slips:
        return text
    counts = _counts(text)
    pieces, done = [], 0
    for slip, tail in slips:
        if slip.start() < done:
            continue
        repair = _repair(text, slip, tail, counts)
        if repair:
            pieces += [text[done : slip.start()], repair]
            done = _after(slip) + len(tail)
    return "".join(pieces) + text[done:]


def _after(slip: re.Match[str]) -> int:
    """Return where the text goes on after what was put in: the reading, or the mark made ASCII."""
    return slip.end() if slip[1] else slip.end() + 1


def _tail(text: str, slip: re.Match[str]) -> str:
    """Return what was read one byte late, with the single byte that ended it; nothing if no second byte can be one."""
    start = _after(slip)
    for end in range(start, min(len(text), start + _REACH)):
        if text[end] < "\x80":
            return text[start : end + 1] if text[end] >= "\x40" else ""
        if not _is_gbk(text[end]):
            return ""
    return ""


@lru_cache(4096)
def _is_gbk(char: str) -> bool:
    return len(char.encode("gbk", "ignore")) == 2


def _counts(text: str) -> Counts:
    sound = remove_readings(text)
    return Counter(sound), Counter(map("".join, pairwise(sound))), len(sound)


def _repair(text: str, slip: re.Match[str], tail: str, counts: Counts) -> str | None:
    """Return the characters that stood where the text is out of step, None if it was not."""
    before = _READING.sub("", text[max(0, slip.start() - 12) : slip.start()])[-1:]
    if slip[1]:
        leads, first = _leads_by_reading(before, slip[1]), b""
    else:
        leads, first = bytes(range(0x81, 0xFF)), bytes([0xA3, ord(text[slip.end()]) | 0x80])
    end = _after(slip) + len(tail)
    after = text[end : end + 1]
    read = _in_step(leads, first, tail)
    best = max(((_fit(before + chars + after, counts), chars) for chars in read), default=None)
    # The repair must read better than the damage, character for character, to be believed.
    # The first character was chosen for its fit; if the text is in step right after it, it is all there is.
    if best and _common_share(best[1][1:] or best[1]) > _common_share(tail):
        return best[1]
    return None


@lru_cache(4096)
def _in_step(leads: bytes, first: bytes, tail: str) -> tuple[str, ...]:
    """Return what the bytes of a tail say when a lost byte is put before them."""
    data = first + tail.encode("gbk")
    read = (_decoded(bytes([lead]) + data) for lead in leads)
    return tuple(chars for chars in read if chars and all("\u3000" <= char <= "\u9fff" for char in chars))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("gbk")
    except UnicodeDecodeError:
        return ""


@lru_cache(4096)
def _leads_by_reading(before: str, reading: str) -> bytes:
    """Return the bytes that, after the last byte of `before`, make a character read so."""
    tail = before.encode("gbk", "ignore")[1:]
    if not tail:  # a single byte before: no half of it can have been hit
        return b""
    pairs = ((lead, (tail + bytes([lead])).decode("gbk", "ignore")) for lead in range(0x40, 0xFF))
    return bytes(lead for lead, char in pairs if len(char) == 1 and reading in readings(char))


def _fit(run: str, counts: Counts) -> float:
    """Log-likelihood of a run under the document's own character bigrams, smoothed by unigrams."""
    ones, twos, total = counts
    pairs = pairwise(run)
    return sum(math.log((twos[a + b] + 0.5 * (ones[b] + 0.1) / total) / (ones[a] + 0.5)) for a, b in pairs)


def _common_share(chars: str) -> float:
    """Return the share of characters that, simplified, are in level 1 of GB 2312 (the 3,755 common ones)."""
    return sum(map(_is_common, chars)) / max(1, len(chars))


@cache
def _is_common(char: str) -> bool:
    data = simplify(char).encode("gb2312", "ignore")
    return len(data) == 2 and b"\xb0\xa1" <= data <= b"\xd7\xf9"
