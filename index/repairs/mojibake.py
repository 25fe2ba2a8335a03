"""Text read in the wrong encoding, read back: UTF-8 as Latin-1, Windows-1252 or GBK, GBK as Latin-1.

The wrong reading is undone byte for byte, so a repair is exact; where a byte was lost on the way, `\\ufffd` stands
for its character. Only what comes out as Chinese is believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from index.repairs.breaks import BREAKS

# Bytes as characters: Latin-1, and Windows-1252 where it differs (0x80 is €, 0x93 is “).
_BYTES = {chr(byte): byte for byte in range(0x80, 0x100)}
_BYTES |= {bytes([b]).decode("cp1252", "ignore"): b for b in range(0x80, 0xA0)}
_BYTES.pop("", None)
_TRAIL = "\x80-\xbf" + "".join(re.escape(char) for char in _BYTES if char > "\xff")
_UTF8_AS_LATIN = re.compile(f"(?:[\xc2-\xdf][{_TRAIL}]|[\xe0-\xef][{_TRAIL}]{{2}}|[\xf0-\xf4][{_TRAIL}]{{3}})+")
_HIGH = re.compile("[\xa1-\xfe][^\x00-\x7f]")
_GBK_AS_LATIN = re.compile("[\xa1-\xfe]{8,}")
_NESTED = 3  # times that a text was read wrongly, one after the other: Ã¤Â¸Â­ is ä¸\xad is 中
_FEW = 4  # characters that must come out as Chinese before anything is believed
_COMMON = 0.85  # of Chinese text read as it should be, more is in GB 2312
_PROBE = 16  # characters tried first: most runs that begin like UTF-8 end there
_LOST = "\ufffd"
_STRETCH = re.compile(f"[^\x00-\x7f{_LOST}]+")
_CONTINUING = bytes(range(0x80, 0xC0))
_LOST_MARK = "\ufffe"  # 。 or 》, whose last byte met a line end: 銆? is how nearly every line of such a page ends
_LOSSES = (_LOST, _LOST_MARK)
_CLOSING = {"《": "》", "【": "】", "「": "」", "〈": "〉"}
_BRACKETS = re.compile(f"[《》【】「」〈〉{_LOST_MARK}]")
_KUN = "锟斤拷"  # two \ufffd in UTF-8, read as GBK
_SUSPECT = re.compile(f"[{_LOST}\xe3-\xe9锟烫屯ï]")
_LEFT = re.compile(f"{_LOST}|[\xe3-\xe9][\x80-\xbf][{_TRAIL}]|锟斤|烫烫烫|屯屯屯|ï¿½")


def undo_mojibake(text: str) -> str:
    """Return the text with what was read in a wrong encoding read again; one of another language stays."""
    if _KUN in text:
        text = text.replace(_KUN, _LOST * 2)
    if not _HIGH.search(text):
        return _undo_gbk(text)
    for pattern, reread in ((_UTF8_AS_LATIN, _utf8_of_latin), (_GBK_AS_LATIN, _gbk_of_latin)):
        text = _reread(text, pattern, reread)
    return _undo_gbk(text)


def has_mojibake(text: str) -> bool:
    """True if characters are left that no repair can know: \\ufffd, 烫烫烫, half of a UTF-8 character."""
    return bool(_SUSPECT.search(text) and _LEFT.search(text))


def _reread(text: str, pattern: re.Pattern[str], reread: Callable[[str], str | None]) -> str:
    found = [(match, fixed) for match in pattern.finditer(text) if (fixed := reread(match[0]))]
    if sum(map(_is_han, "".join(fixed for _, fixed in found))) < _FEW:
        return text
    pieces, done = [], 0
    for match, fixed in found:
        pieces += [text[done : match.start()], fixed]
        done = match.end()
    return "".join(pieces) + text[done:]


def _utf8_of_latin(run: str) -> str | None:
    for _ in range(_NESTED):
        try:
            run = bytes(_BYTES[char] for char in run).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            return None
        if _is_chinese(run):
            return BREAKS.sub(" ", run)
    return None


def _gbk_of_latin(run: str) -> str | None:
    text = run.encode("latin-1").decode("gbk", "replace")
    return text if len(text.encode("gb2312", "ignore")) >= 2 * _COMMON * len(text) else None


def _undo_gbk(text: str) -> str:
    pieces, done, sure = [], 0, False
    for start, end, fixed in _gbk_runs(text):
        # A run of its own is enough; after one, shorter ones are believed too.
        if sure or sum(map(_is_han, fixed)) >= _FEW:
            pieces += [text[done:start], fixed]
            done, sure = end, True
    return "".join(pieces) + text[done:]


def _gbk_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what reads as UTF-8 when it is put back into GBK bytes: start, end, and the reading."""
    at = 0
    while match := _opening().search(text, at):
        start = match.start()
        read = _first_run(text, start)
        if read is None:
            at = start + 1
            continue
        fixed, at, to_end = read
        if to_end:
            more, at = _past_losses(text, at, fixed)
            fixed += more
        yield start, at, BREAKS.sub(" ", _with_marks(fixed))


def _with_marks(fixed: str) -> str:
    """Put what closes the last open bracket where a mark E3 80 xx was lost at the end of a run, else the full stop."""
    opened = ""

    def put(match: re.Match[str]) -> str:
        nonlocal opened
        mark = _CLOSING.get(opened, "。") if match[0] == _LOST_MARK else match[0]
        opened = mark
        return mark

    return _BRACKETS.sub(put, fixed) if _LOST_MARK in fixed else fixed


def _first_run(text: str, start: int) -> tuple[str, int, bool] | None:
    """Return the reading from here, where it ends, and whether that is where the bytes end or are lost."""
    if text[start + 1 : start + 2] == _LOST:
        return _LOST, start + 1, True
    size = _PROBE
    while run := _STRETCH.match(text, start, start + size):
        read = _utf8_of_gbk(run[0])
        if read is None or read[1] < len(run[0]) or len(run[0]) < size:
            break
        size *= 4  # all of it is in step: look further
    return (read[0], start + read[1], read[1] == len(run[0])) if run and read else None


def _past_losses(text: str, at: int, fixed: str) -> tuple[str, int]:
    """Return what goes on after characters that were lost, and where it ends."""
    more = ""
    while text[at : at + 1] == _LOST or (text[at : at + 1] == "?" and (fixed + more).endswith(_LOSSES)):
        at += 1
        more += "" if (fixed + more).endswith(_LOSSES) else _LOST
        run = _STRETCH.match(text, at)
        data = _bytes(run[0]) if run else b""
        sound = data.lstrip(_CONTINUING) if len(data) - len(data.lstrip(_CONTINUING)) < 3 else b""
        read = _utf8(sound)
        if not run or read is None or not _is_chinese(read):
            break
        more, at = more + read, run.end()
    return more, at


def _utf8_of_gbk(run: str) -> tuple[str, int] | None:
    """Return the characters that a run begins with, two at least, and how much of the run they are."""
    data = _bytes(run)
    fixed, used = _utf8(data), len(run)
    if fixed is None:  # out of step: a sound character follows, or one that shares its first byte with the run
        fixed, cut = _utf8_head(data)
        used = len(data[:cut].decode("gb18030", "ignore")) + cut % 2
        fixed += _LOST * (cut % 2)
    return (fixed, used) if len(fixed) >= 2 and _is_chinese(fixed) else None


def _bytes(run: str) -> bytes:
    # Browsers show the byte 80, which begins nothing in GBK, as €.
    return b"\x80".join(part.encode("gb18030", "ignore") for part in run.split("€"))


def _utf8(data: bytes) -> str | None:
    """Return the text of the bytes, \ufffd for a last character that is not whole; None if they are no UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        if exc.reason != "unexpected end of data":
            return None
        return data[: exc.start].decode("utf-8") + (_LOST_MARK if data.endswith(b"\xe3\x80") else _LOST)


def _utf8_head(data: bytes) -> tuple[str, int]:
    try:
        return data.decode("utf-8"), len(data)
    except UnicodeDecodeError as exc:
        return data[: exc.start].decode("utf-8"), exc.start


@cache
def _opening() -> re.Pattern[str]:
    """Return the characters whose GBK bytes begin a Chinese character or mark of UTF-8: 涓 is E4 B8, of 中."""
    pairs = (bytes([lead, trail]) for lead in (*range(0xE2, 0xEA), 0xEF) for trail in range(0x80, 0xC0))
    chars = "".join(pair.decode("gb18030", "ignore") for pair in pairs)
    return re.compile(f"[{re.escape(chars)}](?=[^\x00-\x7f])")


def _is_chinese(text: str) -> bool:
    return any(char >= "\u2000" for char in text) and all(
        char >= "\u2000" or char in "\xa0\xa7\xb0\xb1\xb7\xd7\xf7" for char in text
    )


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"
