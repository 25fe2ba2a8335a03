"""Lines that stop inside a sentence, told by how they end and by the figure, or the number of a place, that follows."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from index.figures import find_figures
from index.marks import is_reference, mark_at

_ENDS_FILE = Path(__file__).parent / "data" / "open_ends.txt"
_ENDED = re.compile(r"[。；;：:！!？?…][”』」\"）)]*$|[）)]$")
_INSIDE = re.compile(r"[，,。；;]")
_SENTENCE_INSIDE = re.compile(r"[。；;]")
_HAN = "一二三四五六七八九十百千万"
# What opens a line as a figure does but is no quantity of its own: 1/2, 3:7, 三分之二, 3月底, 0.015毫米.
_OTHER_FIGURE = re.compile(rf"0[.．]\d|\d+\s*[/∶:：]\s*\d+(?![\d:：])|[{_HAN}]+分之|\d{{1,2}}月(?!度)")
_UNIT = re.compile(r"[百千]?[万亿]?元|[%％‰]|个(?:百分点|工作日|月)|平方米|立方米|公里|小时|分钟|周岁|日内|年内")
_FIGURE_CUT = re.compile(r"[\u4e00-\u9fff，,。].{3,}\d$")  # …每户每年1800⏎元, not the 1 of 附件1
_FEW = 12  # characters: the rest of an item, where no paragraph is so short
_FIGURE_REACH = 40  # characters of a line in which its first figure stands


def is_open(line: str) -> bool:
    """True for a line that no sentence ends: its last mark is a comma, or its last word wants another."""
    return bool(re.search(r"[，,]$", line) or _open_end().search(line))


def goes_on(line: str, after: str) -> bool:
    """True if `after` goes on with the sentence of `line`, told by the figure or the 第…条 that it opens with."""
    if not line or not after or _ENDED.search(line):
        return False
    if _splits_figure(line, after) or _is_cited(line, after):
        return True
    kind = _opening_figure(after)
    if not kind:
        return False
    # A heading may hold a comma and stand above a year (一、统一思想，提高认识⏎2012年…), but not above a bare quantity.
    body = line[mark.end :] if (mark := mark_at(line)) else line
    if mark and kind != "date" and len(after) <= _FEW and _ENDED.search(after):
        return True  # 2.净高⏎3米以上。
    return is_open(line) or bool((_SENTENCE_INSIDE if kind == "date" else _INSIDE).search(body))


def _splits_figure(line: str, after: str) -> bool:
    """True where the line's end is inside the figure itself: 三分之⏎二, 限额1800⏎元."""
    if line.endswith("分之"):
        return after[0] in _HAN
    # Whether there is a digit to cut is looked at first: the pattern is tried from every place of a line that has none.
    return bool(line[-1].isdigit() and _UNIT.match(after) and _FIGURE_CUT.search(line))


def _is_cited(line: str, after: str) -> bool:
    """True for the place that a sentence refers to: 不适用前款第⏎（一）、（二）项的规定, 违反本条例⏎第十条规定的."""
    mark = mark_at(after)
    if mark is None or not is_reference(after, mark):
        return False
    return line.endswith("第") or is_open(line) or bool(_INSIDE.search(line))


def _opening_figure(text: str) -> str:
    """Return the kind of the figure that a line opens with, empty if it opens with none."""
    if _OTHER_FIGURE.match(text):
        return "other"
    first = next(iter(find_figures(text[:_FIGURE_REACH])), None)
    return first.kind if first and first.start == 0 else ""


@cache
def _open_end() -> re.Pattern[str]:
    words = [word for word in _ENDS_FILE.read_text("utf-8").split("\n") if word and word[0] != "#"]
    return re.compile(f"(?:{'|'.join(words)})$")
