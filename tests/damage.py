"""What a hacked site's filter does to a page: the same damage, done to sentences of our own.

It turns simplified text traditional, puts the reading after what looks like a traditional
character and a comma before what looks like a mark, all on GBK bytes without minding where
characters begin; the page then shows `?` for a byte left alone, with the byte after it gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from opencc import OpenCC
from pypinyin import Style, pinyin

_TO_TRADITIONAL = OpenCC("s2t")


def traditional(text: str) -> str:
    return str(_TO_TRADITIONAL.convert(text))


def with_readings(text: str) -> str:
    """Return a traditional text with the reading after each character that GB 2312 lacks."""
    return "".join(char + (f"({reading(char)})" if _is_traditional(char) else "") for char in text)


def reading(char: str) -> str:
    return str(pinyin(char, style=Style.TONE)[0][0])


def slips(text: str) -> Iterator[str]:
    """Return the text once for each place where the filter can hit half of one character and half of the next."""
    data = text.encode("gbk")
    at = 0
    for left, right in pairwise(text):
        at += len(left.encode("gbk"))
        if len(left.encode("gbk")) == len(right.encode("gbk")) == 2:
            pair = data[at - 1 : at + 1]
            looks = _char(pair)
            if _is_traditional(looks):
                hit = f"({reading(looks)})".encode("gbk")
                yield _shown(data[: at + 1] + hit + data[at + 1 :])
            elif pair[0] == 0xA3 and chr(pair[1] & 0x7F) in ",;:!?":
                yield _shown(data[: at - 1] + bytes([0x2C, pair[1] & 0x7F]) + data[at + 1 :])


def _is_traditional(char: str) -> bool:
    if not "\u4e00" <= char <= "\u9fff":
        return False
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def _shown(data: bytes) -> str:
    """Decode GBK as a browser does; a lead byte without its second takes the next byte with it."""
    shown, at = [], 0
    while at < len(data):
        size = 1 if data[at] < 0x80 else 2
        shown.append(_char(data[at : at + size]))
        at += size
    return "".join(shown)


def _char(data: bytes) -> str:
    try:
        return data.decode("gbk")
    except UnicodeDecodeError:
        return "?"
