"""Which lines of a file are the document, and which are the page around it.

    page chrome · head (title, 文号, addressee) · preamble · numbered body · sign-off · page chrome
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from index.marks import mark_at, starts_with_mark

_SENTENCE_END = re.compile(r"[。；;：:！!？?][”』」\"）)]*$|[）)]$")
# 各县(市)、区人民政府,市政府各委办局、各直属机构:
_ADDRESSEE = re.compile(r"^(?:各|省|市|县|区|有关|国务院|自治区|机关)[^。；;！!？?]{1,120}[:：]$")
_NOTICE_ONLY = re.compile(r"^[（(]?此件[^。]{0,20}公开[^。]{0,6}[）)]?$")
_DAY = r"[0-9０-９一二三四五六七八九十\s]{1,4}"
_BARE_DATE = re.compile(rf"^[（(]?[0-9０-９零〇○ＯO一二三四五六七八九十\s]{{4,6}}年{_DAY}月{_DAY}日[）)]?$")
_LABELLED = re.compile(
    r"^[^。,，]{0,12}(?:来源|编\s*辑|责任编辑|主题词|抄送|作者|时间|浏览|字号|字体|索引号|关键词|信息有效性"
    r"|发布日期|公开日期)[^。]{0,4}\s*[:：]"
)
_ANNEX_START = re.compile(r"^附\s*件\s*[0-9一二三四五六七八九十]{0,3}\s*[:：]?$")
_ANNEX_LIST = re.compile(r"^附\s*件\s*[:：]\s*\S")  # 附件:1.实施方案, at the end of the notice
_LISTED = re.compile(r"^\d{1,2}\s*[.．、][^。；;]{1,60}$")  # 2.任务分工表, under it
_SIGNATURE = re.compile(r"^[\u4e00-\u9fff ]{4,30}$")
_CONTENTS_TAIL = re.compile(r"[\s.．…·]*\d*$")  # 一、总体要求……3
_LONG_LINE = 40  # a heading is shorter; a line this long without an end mark was cut by a page break


@dataclass(frozen=True, slots=True)
class Frame:
    """Lines by their part: `head` and `foot` are read for metadata, the others become clauses.

    An annex is one string of several lines, the first of which is its `附件1`.
    """

    head: tuple[str, ...]
    preamble: tuple[str, ...]
    body: tuple[str, ...]
    annexes: tuple[str, ...]
    foot: tuple[str, ...]


def find_frame(text: str) -> Frame:
    """Part the lines of a cleaned text; body is empty when nothing in it is numbered."""
    lines = join_broken([line.strip() for line in text.split("\n")])
    first = _body_start(lines)
    start = _preamble_start(lines, first)
    preamble = tuple(line for line in lines[start:first] if _is_prose(line))
    head = tuple(lines[:start]) + tuple(line for line in lines[start:first] if not _is_prose(line))
    starts = [i for i in range(first, len(lines)) if _ANNEX_START.match(lines[i])]
    bounds = [first, *starts, len(lines)]
    parts = [lines[a:b] for a, b in pairwise(bounds)]
    body, foot = _numbered(parts[0])
    annexes: list[str] = []
    for part in parts[1:]:
        annex, rest = _numbered(part) if any(map(starts_with_mark, part)) else (part[:2], part[2:])
        annexes.append("\n".join(annex))
        foot += rest
    return Frame(head, preamble, tuple(body), tuple(annexes), tuple(foot))


def _numbered(lines: list[str]) -> tuple[list[str], list[str]]:
    """Part the numbered text from what signs it and follows it."""
    last = max((i for i, line in enumerate(lines) if starts_with_mark(line)), default=len(lines) - 1)
    end = _body_end(lines, last)
    body, signed = _without_signatures(lines[:end])
    return body, signed + lines[end:]


def _without_signatures(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take out what stands between a notice and the text it sends: list of annexes, signature, date, title."""
    kept: list[str] = []
    dropped: list[str] = []
    after = ""
    for line in lines:
        if _ANNEX_LIST.match(line):
            after = "list"
        elif _BARE_DATE.match(line):
            after = "date"
            while kept and _SIGNATURE.match(kept[-1]) and not starts_with_mark(kept[-1]):
                dropped.append(kept.pop())
        elif not after or _is_prose(line) or (starts_with_mark(line) and not (after == "list" and _LISTED.match(line))):
            after = ""
            kept.append(line)
            continue
        dropped.append(line)
    return kept, dropped


def _body_start(lines: list[str]) -> int:
    """Return the first line that opens the body, else the first of a bare list, else the end."""
    marked = [i for i, line in enumerate(lines) if starts_with_mark(line)]
    reaches: dict[int, bool] = {}  # whether prose stands in the run of numbered lines from here, or ends it
    for i in reversed(marked):
        after = i + 1 < len(lines) and reaches.get(i + 1, _is_prose(lines[i + 1]))
        reaches[i] = _is_prose(lines[i]) or after
    opening = next((i for i in marked if _opens_body(lines, i, reaches[i])), None)
    if opening is not None:
        return opening
    listed = [i for i in marked if len(lines[i]) > mark_at(lines[i]).end]  # type: ignore[union-attr]
    return listed[0] if len(listed) > 1 else len(lines)


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
    if len(line) < _LONG_LINE or _SENTENCE_END.search(line) or "|" in line:
        return False
    return "。" in line or line.count("《") > line.count("》")


def _opens_body(lines: list[str], i: int, reaches_prose: bool) -> bool:
    """A numbered line opens the body if prose follows it, at once or after more marks."""
    if any(_is_prose(line) or len(line) > _LONG_LINE for line in lines[i : i + 4]):
        return True
    if not reaches_prose:
        return False
    entry = _CONTENTS_TAIL.sub("", lines[i])  # a table of contents says every heading once too early
    return not any(line.startswith(entry) for line in lines[i + 1 :])


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
