"""The numbers that open a clause: 一、 (一) 1. (1) ① and 第X章/节/条."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HAN = "一二三四五六七八九十百千零〇两"
_MAX_NUMERAL = 9  # 一千二百六十 is six; the Civil Code has 1,260 articles
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

# By style, in the order of GB/T 9704-2012 7.3.3 and of the 立法技术规范.
_STYLES: dict[str, str] = {
    "part": rf"第([{_HAN}]+)编\s*",
    "chapter": rf"第([{_HAN}]+|\d+)章\s*",
    "section": rf"第([{_HAN}]+|\d+)节\s*",
    "article": rf"第([{_HAN}]+|\d+)条[\s:：]*",
    "han": rf"([{_HAN}]+)\s*、(?![{_HAN}]+[级类甲乙])",  # 二、三级医院 is no second clause
    "bracketed_han": rf"[（(]\s*([{_HAN}]+)\s*[）)]\s*、?",
    "arabic": r"(\d{1,3})\s*(?:[.．](?!\d)|、)",
    "bracketed_arabic": r"[（(]\s*(\d{1,3})\s*[）)]",
    "circled": rf"([{_CIRCLED}])",
}
_MARK = re.compile("|".join(f"(?P<{style}>{pattern})" for style, pattern in _STYLES.items()))
# A mark inside a line opens a clause only after the end of a sentence: `…负责)(五)完善…`.
_INLINE = re.compile(rf"(?<=[。；;)）])\s*(?=(?:{_MARK.pattern}))")


@dataclass(frozen=True, slots=True)
class Mark:
    """A clause number: its style, its value, where it starts and ends, and how it is cited."""

    style: str
    number: int
    start: int
    end: int

    @property
    def text(self) -> str:
        """The mark as a citation writes it: 二、 (一) 3 (1) ① 第十二条."""
        return _written(self.style, self.number)


def mark_at(line: str, start: int = 0) -> Mark | None:
    """Return the mark that stands at `start`, or None."""
    match = _MARK.match(line, start)
    if not match or not match.lastgroup:
        return None
    number = _number(re.search(_STYLES[match.lastgroup], match[0])[1])  # type: ignore[index]
    return Mark(match.lastgroup, number, start, match.end()) if number else None


def inline_marks(line: str) -> list[Mark]:
    """Return the marks inside a line that follow the end of a sentence."""
    found = (mark_at(line, match.end()) for match in _INLINE.finditer(line) if match.end() > 0)
    return [mark for mark in found if mark]


def starts_with_mark(line: str) -> bool:
    return mark_at(line) is not None


def _number(digits: str) -> int:
    if digits in _CIRCLED:
        return _CIRCLED.index(digits) + 1
    if digits.isdecimal():
        return int(digits)
    if len(digits) > _MAX_NUMERAL:
        return 0
    import cn2an

    try:
        return int(cn2an.cn2an(digits.replace("〇", "零"), "smart"))
    except ValueError:
        return 0


def _written(style: str, number: int) -> str:
    if style == "circled":
        return _CIRCLED[number - 1]
    if style == "arabic":
        return str(number)
    if style == "bracketed_arabic":
        return f"({number})"
    import cn2an

    han = cn2an.an2cn(number)
    if style == "paragraph":
        return f"第{_ten(han)}款"
    if style != "han" and style != "bracketed_han":
        unit = {"part": "编", "chapter": "章", "section": "节", "article": "条"}[style]
        return f"第{_ten(han)}{unit}"
    return f"{_ten(han)}、" if style == "han" else f"({_ten(han)})"


def _ten(han: str) -> str:
    """十二, not 一十二."""
    return han[1:] if han.startswith("一十") else han
