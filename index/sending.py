"""A notice and the documents that it sends: 印发《…办法》的通知."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from index.head import kind_of, title_text
from index.layout import LONG_LINE, is_dated, is_text, mark_of
from index.lines import DATE_LINE, is_prose
from index.marks import DIVISIONS
from index.opening import preamble_start
from index.types import Line

_SENDS = re.compile(r"印发|发布|公布|转发|批转|下发")
_ORDERS = re.compile(r"(?:令|公告)(?:\s*[（(〔第]|$)")


def cut_sent(lines: list[Line]) -> list[list[Line]]:
    """Cut a notice from the documents that it sends and that have a numbering of their own.

    A plan that a notice without numbers sends (印发《…工作安排》的通知) stays its body, for so it is
    cited; a regulation (印发《…办法》的通知) is cited by its own title and its articles. What an
    order promulgates (令, 公告) is one document with the order.
    """
    bounds = [0, *_sent_starts(lines), len(lines)]
    parts = [lines[a:b] for a, b in pairwise(bounds)]
    if len(parts) == 1:
        return parts
    first = parts[0]
    numbered = any(mark_of(line) for line in first[preamble_start(first, len(first)) :])
    if not numbered and _is_order(first):
        return [lines]
    if not numbered and not any(_has_articles(part) for part in parts[1:]):
        return [lines]
    return parts


def _is_order(lines: list[Line]) -> bool:
    head = lines[: preamble_start(lines, len(lines))]
    return any(_ORDERS.search(line.text) and len(line.text) < LONG_LINE and "关于" not in line.text for line in head)


def _has_articles(lines: list[Line]) -> bool:
    return any((mark := mark_of(line)) is not None and mark.style == "article" for line in lines)


def _sent_starts(lines: list[Line]) -> Iterator[int]:
    """Yield where the title of a sent document stands: one that the notice quoted, or one after its date."""
    begun = next((i for i, line in enumerate(lines) if is_text(line)), len(lines))
    said = "".join(line.text for line in lines[: begun + 3])
    quoted = (
        {_plain(title) for title in re.findall(r"《((?:[^《》]|《[^《》]*》){4,160})》", said)}
        if _SENDS.search(said)
        else set()
    )
    dated = articles = False
    i = begun + 1
    while i < len(lines):
        dated = dated or is_dated(lines[i])
        articles = articles or _has_articles(lines[i : i + 1])
        explains = articles and lines[i].text.startswith("关于")  # 关于《…办法(草案)》的说明, below the draft
        length = _title_length(lines, i, quoted, dated or explains)
        if length and _opens_numbers(lines[i + length : i + length + 40]):
            yield i
            dated = False
            i += length
        i += 1


def _title_length(lines: list[Line], i: int, quoted: set[str], dated: bool) -> int:
    """Return how many lines from here make the title of a sent document, 0 if they do not."""
    for length in (1, 2, 3, 4):
        part = lines[i : i + length]
        if any(line.is_row or is_prose(line.text) or mark_of(line) or is_dated(line) for line in part):
            return 0
        text = _plain(title_text(part))
        if text in quoted or (dated and length < 3 and is_title(text)):
            return length
    return 0


def is_title(text: str) -> bool:
    return (
        3 < len(text) <= 60
        and not DATE_LINE.match(text)
        and kind_of(text) is not None
        and not re.search(r"[。；;：:]", text)
    )


def _opens_numbers(lines: list[Line]) -> bool:
    """True if the first number of the lines is a first: 第一条, 第一章, 一、."""
    mark = next((mark for line in lines if (mark := mark_of(line))), None)
    return (
        mark is not None
        and mark.number == 1
        and (mark.stands_alone or mark.style in DIVISIONS or mark.style == "arabic")
    )


def _plain(text: str) -> str:
    return re.sub(r"[\s《》〈〉“”\"]", "", text)
