"""Which lines of a file are the document, and which are the page around it.

    page chrome · head (title, 文号, addressee) · preamble · numbered body · sign-off · page chrome
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.marks import starts_with_mark

_SENTENCE_END = re.compile(r"[。；;：:！!？?][”』」\"）)]*$|[）)]$")
# 各县(市)、区人民政府,市政府各委办局、各直属机构:
_ADDRESSEE = re.compile(r"^(?:各|省|市|县|区|有关|国务院|自治区|机关)[^。；;！!？?]{1,120}[:：]$")
_NOTICE_ONLY = re.compile(r"^[（(]?此件[^。]{0,20}公开[^。]{0,6}[）)]?$")
_BARE_DATE = re.compile(r"^[（(]?[0-9０-９零〇○ＯO一二三四五六七八九十\s]{4,6}年[0-9０-９一二三四五六七八九十\s]{1,4}月[0-9０-９一二三四五六七八九十\s]{1,4}日[）)]?$")
_LABELLED = re.compile(r"^[^。,，]{0,12}(?:来源|编\s*辑|责任编辑|主题词|抄送|作者|时间|浏览|字号|字体|索引号|关键词|信息有效性|发布日期|公开日期)[^。]{0,4}\s*[:：]")
_ANNEX = re.compile(r"^附\s*件\s*[0-9一二三四五六七八九十]{0,3}\s*[:：]?\s*\S{0,60}$")
_LONG_LINE = 40  # a heading is shorter; a line this long without an end mark was cut by a page break


@dataclass(frozen=True, slots=True)
class Frame:
    """Lines by their part: `head` and `foot` are read for metadata, `body` becomes clauses."""

    head: tuple[str, ...]
    preamble: tuple[str, ...]
    body: tuple[str, ...]
    annexes: tuple[str, ...]
    foot: tuple[str, ...]


def find_frame(text: str) -> Frame:
    """Part the lines of a cleaned text; body is empty when nothing in it is numbered."""
    lines = join_broken([line.strip() for line in text.split("\n")])
    first = next((i for i, line in enumerate(lines) if _opens_body(lines, i)), len(lines))
    last = max((i for i, line in enumerate(lines) if starts_with_mark(line)), default=len(lines) - 1)
    start = _preamble_start(lines, first)
    preamble = tuple(line for line in lines[start:first] if _is_prose(line))
    head = tuple(lines[:start]) + tuple(line for line in lines[start:first] if not _is_prose(line))
    end = _body_end(lines, max(first, last))
    annexes, foot = _annexes(lines[end:])
    return Frame(head, preamble, tuple(lines[first:end]), annexes, foot)


def join_broken(lines: list[str]) -> list[str]:
    """Join the two halves of a sentence that a page break or a hard wrap cut; drop empty lines."""
    joined: list[str] = []
    for line in filter(None, lines):
        if joined and _is_cut(joined[-1]) and not starts_with_mark(line) and not _BARE_DATE.match(line):
            joined[-1] += line
        else:
            joined.append(line)
    return joined


def _is_cut(line: str) -> bool:
    return len(line) >= _LONG_LINE and not _SENTENCE_END.search(line) and "|" not in line and "。" in line


def _opens_body(lines: list[str], i: int) -> bool:
    """A numbered line opens the body if prose follows it, at once or after more marks."""
    return starts_with_mark(lines[i]) and any(_is_prose(line) or len(line) > _LONG_LINE for line in lines[i : i + 4])


def _is_prose(line: str) -> bool:
    if _ADDRESSEE.match(line) or _LABELLED.match(line) or _NOTICE_ONLY.match(line) or _BARE_DATE.match(line):
        return False
    return len(line) >= 12 and bool(_SENTENCE_END.search(line)) and bool(re.search(r"[,，。]", line))


def _preamble_start(lines: list[str], first: int) -> int:
    """The preamble begins after the addressee, or else with the first prose before the body."""
    for i in range(first - 1, -1, -1):
        if _ADDRESSEE.match(lines[i]):
            return i + 1
    return next((i for i in range(first) if _is_prose(lines[i])), first)


def _body_end(lines: list[str], last: int) -> int:
    """The body goes on after the last numbered line as long as whole sentences follow."""
    end = min(last + 1, len(lines))
    while end < len(lines) and _is_prose(lines[end]):
        end += 1
    return end


def _annexes(rest: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part the annexes that are only named (`附件` and its title) from the foot of the page."""
    annexes: list[str] = []
    foot: list[str] = []
    for i, line in enumerate(rest):
        if _ANNEX.match(line):
            annexes.append(line)
        elif i and annexes and rest[i - 1] is annexes[-1] and re.fullmatch(r"附\s*件\s*\d*[:：]?", rest[i - 1]):
            annexes[-1] = f"{annexes[-1]}\n{line}"
        else:
            foot.append(line)
    return tuple(annexes), tuple(foot)
