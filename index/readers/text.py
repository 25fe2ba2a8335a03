"""Plain text: bytes of any encoding that offices use -> text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.errors import UserError
from index.readers.text_tables import with_tables

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BOMS = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 20_000
_MAX_NULS = 0.6  # ASCII in UTF-16 has a half
_EVIDENCE = 6  # so many characters at least tell one encoding from another
_SURE = 0.85  # GBK read as Big5, or either read as UTF-16, never comes to more than 0.75 common characters
_DAMAGE = 0.01  # one broken character in a hundred: a scrape cut off, or an edit that split a character
_MARKS = frozenset("\u3000·—‘’“”…、。〈〉《》「」『』【】〔〕！（），．：；？％～①②③④⑤⑥⑦⑧⑨⑩○〇×")
_MARKS |= frozenset("āáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńň")  # the readings that a hacked site's filter puts in
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_SEPARATORS = re.compile("[\x1c-\x1f]")  # they mark tables in what readers return
_UNREADABLE = "无法识别文件编码, 或者不是文本。请另存为 UTF-8 文本后再加入。"


def read(data: bytes) -> str:
    """Return the text as it stands, line ends made one, typed tables as rows; raises UserError if it is not text."""
    from index.readers.markdown import is_markdown  # whose reader begins with this one, and has tables of its own

    text = _SEPARATORS.sub("", decode(data).replace("\r\n", "\n").replace("\r", "\n"))
    return text if is_markdown(text) else with_tables(text)


def decode(data: bytes) -> str:
    """Return the decoded text; raises UserError if no encoding fits."""
    for text in _candidates(data):
        if not _is_binary(text):
            return text
    raise UserError(_UNREADABLE)


def _candidates(data: bytes) -> Iterator[str]:
    """Yield the readings of the bytes that can be right, the likeliest first."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            yield from _decoded(data, encoding)
            return
    if data.count(0) > _MAX_NULS * len(data):
        return
    yield from _decoded(data, "utf-8")
    chinese = _decoded(data, "gb18030")
    known = max(map(_commonness, chinese), default=0.0)
    rivals = [text for encoding in ("cp950", "utf-16-le", "utf-16-be") for text in _decoded(data, encoding)]
    # Two characters of GB18030 are now and then two common ones of Big5: a rival must be sure, and clearly better.
    if not chinese or len(chinese[0]) >= _EVIDENCE:
        yield from (text for text in rivals if _commonness(text) >= max(_SURE, known + 0.1))
    yield from chinese


def _decoded(data: bytes, encoding: str) -> list[str]:
    """Return the one text, none if the bytes do not fit; a few broken characters in much text are let pass."""
    try:
        text = data.decode(encoding)
        return [] if "\0" in text else [text]
    except UnicodeDecodeError:
        if encoding not in ("utf-8", "gb18030"):
            return []
    text = data.decode(encoding, "replace")
    if "\0" in text or _commonness(text) < _SURE:
        return []
    plain = len(text.encode("ascii", "ignore"))
    broken = text.count("\ufffd")
    return [text] if broken <= _DAMAGE * (len(text) - plain - broken) else []


def _commonness(text: str) -> float:
    """Return the share of common characters and marks among those that are not ASCII."""
    sample = [char for char in text[:_SAMPLE] if char > "\x7f"]
    return sum(map(_is_common, sample)) / len(sample) if sample else 1.0


def _is_common(char: str) -> bool:
    return char in _MARKS or _in_level_one(char, "gb2312", 0xB0, 0xD7) or _in_level_one(char, "big5", 0xA4, 0xC6)


def _in_level_one(char: str, charset: str, first: int, last: int) -> bool:
    """Tell whether a charset holds a character among its frequent ones (3,755 of GB 2312, 5,401 of Big5)."""
    code = char.encode(charset, "ignore")
    return len(code) == 2 and first <= code[0] <= last


def _is_binary(text: str) -> bool:
    return len(_CONTROL.findall(text, 0, _SAMPLE)) > _DAMAGE * min(len(text), _SAMPLE)
