"""What a hacked site's filter does to a page: the same damage, done to sentences of our own.

It turns simplified text traditional, puts the reading after what looks like a traditional
character and a comma before what looks like a mark, all on GBK bytes without minding where
characters begin; the page then shows `?` for a byte left alone, with the byte after it gone.
"""

from __future__ import annotations

import codecs
import unicodedata
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


def read_as(text: str, encoding: str, times: int = 1) -> str:
    """Return the text as it shows when its UTF-8 bytes are read in another encoding, over and over."""
    for _ in range(times):
        text = "".join(map(_sloppy, text.encode())) if encoding == "browser" else text.encode().decode(encoding)
    return text


def read_as_gbk(text: str) -> str:
    """Return the text as browsers show its UTF-8 bytes when told that they are GBK: a byte 80 is €."""
    return text.encode().decode("gb18030", "browser")


def _lone_byte(exc: UnicodeError) -> tuple[str, int]:
    assert isinstance(exc, UnicodeDecodeError)
    return "€" if exc.object[exc.start] == 0x80 else "\ufffd", exc.start + 1


codecs.register_error("browser", _lone_byte)


def _sloppy(byte: int) -> str:
    """Windows-1252 as browsers read it: the five bytes it lacks are controls."""
    return bytes([byte]).decode("cp1252", "ignore") or chr(byte)


def spaced(text: str, gap: str = " ") -> str:
    return gap.join(text)


def wide(text: str) -> str:
    """Return the text with its digits and letters in full width."""
    return "".join(
        chr(ord(char) + 0xFEE0) if char.isascii() and (char.isalnum() or char == "%") else char for char in text
    )


def sprinkled(text: str, unseen: str, every: int = 3) -> str:
    """Return the text with what cannot be seen after every few characters."""
    return "".join(char + unseen * (at % every == 0) for at, char in enumerate(text))


def radicals(text: str) -> str:
    """Return the text with Kangxi radicals for the characters that look like them, as PDF fonts give them."""
    forms = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0x2F00, 0x2FD6)}
    return "".join(forms.get(char, char) for char in text)


def escaped(text: str) -> str:
    """Return the text as a page's source has it, quotation marks named and everything else by number."""
    return "".join(f"&#{ord(char)};" if char not in "“”" else {"“": "&ldquo;", "”": "&rdquo;"}[char] for char in text)
