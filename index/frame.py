"""Which lines of a file are the document, which are the page around it, and where one document sends another.

page · head (title, 文号, addressee) · preamble · numbered body · annexes · signature · page
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.annexes import cut_annexes
from index.head import find_title
from index.layout import (
    ANNEX_LIST_ITEM,
    NOTICE_ONLY,
    SIGNATURE,
    heads,
    is_body,
    is_dated,
    is_page,
    is_text,
    lists_annexes,
    mark_of,
    opens_foot,
)
from index.lines import DATE_LINE, is_prose, is_whole, says
from index.marks import Mark, mark_at
from index.opening import addressee, body_start, preamble_start
from index.sending import cut_sent, is_title
from index.tables import lay_out
from index.types import Line

_LISTED = 4  # short lines below the last sentence that make a list: names of hospitals above the numbered ones
_LEAD = 25  # characters of half a sentence


@dataclass(frozen=True, slots=True)
class Frame:
    """Lines by their part: `head` and `foot` are read for metadata, the others become clauses.

    `title` are those of the head that make the title. The first line of an annex is its `附件1`.
    `sent` are the documents that a notice sends and that have an order of articles of their own.
    """

    head: tuple[Line, ...]
    title: tuple[Line, ...]
    preamble: tuple[Line, ...]
    body: tuple[Line, ...]
    annexes: tuple[tuple[Line, ...], ...]
    foot: tuple[Line, ...]
    sent: tuple[Frame, ...] = ()


def find_frame(lines: Sequence[Line]) -> Frame:
    """Part the lines of a file; body is empty when it holds nothing numbered and no table."""
    lines = list(lines)
    main, annexes = cut_annexes(lines)
    notice, *sent = cut_sent(main)
    frame = _main_frame(notice)
    children = [_main_frame(part) for part in sent]
    last = children[-1] if children else frame
    last = _with_annexes(last, annexes)
    if children:
        return replace(frame, sent=(*children[:-1], last))
    return last


def _main_frame(lines: list[Line]) -> Frame:
    """Part one document, its annexes apart."""
    first = body_start(lines)
    start = preamble_start(lines, first)
    leads = _leads(lines[start:first])
    preamble = [line for line in lines[start:first] if id(line) in leads]
    head = [*lines[:start], *(line for line in lines[start:first] if id(line) not in leads)]
    title = find_title(head, "".join(line.text for line in preamble))
    preamble, spam = (
        (preamble, []) if addressee(lines, first) is not None else _after_title(preamble, head, title, lines)
    )
    if spam:
        outside = {id(line) for line in (*head, *spam)}
        head = [line for line in lines if id(line) in outside]
    if first == len(lines):  # nothing is numbered: the whole text is the preamble, or its sections
        end = _text_end(lines, start)
        body = [line for line in lines[start:end] if not is_page(line)]
        return Frame(tuple(lines[:start]), title, (), tuple(lay_out(body)), (), tuple(lines[end:]))
    body, foot = _cut_foot(lines[first:])
    return Frame(tuple(head), title, tuple(preamble), tuple(lay_out(body)), (), tuple(foot))


def _leads(lines: list[Line]) -> set[int]:
    """Return the ids of the lines above the first number that are text: sentences, and the lists below them."""
    told = [i for i, line in enumerate(lines) if _is_lead(line)]
    listed = lines[told[-1] + 1 :] if told and says(lines[told[-1]].text) else []
    is_list = len(listed) >= _LISTED and not any(line.is_row or is_page(line) or is_title(line.text) for line in listed)
    return {id(lines[i]) for i in told} | ({id(line) for line in listed} if is_list else set())


def _is_lead(line: Line) -> bool:
    """True for a sentence above the first number, whole or cut by a line's end."""
    return is_text(line) or (is_body(line) and len(line.text) >= _LEAD and not line.is_row)


def _with_annexes(frame: Frame, annexes: list[list[Line]]) -> Frame:
    parts = []
    foot = list(frame.foot)
    for annex in annexes:
        body, rest = _cut_foot(annex) if any(mark_of(line) for line in annex) else (annex, [])
        body, rest = _without_page(body, rest)
        if laid := lay_out(body):
            parts.append(tuple(laid))
        foot += rest
    return replace(frame, annexes=tuple(parts), foot=tuple(foot))


def _without_page(body: list[Line], rest: list[Line]) -> tuple[list[Line], list[Line]]:
    """Take the page's lines off the end of an annex."""
    end = next((i for i, line in enumerate(body) if i and opens_foot(line)), len(body))
    return body[:end], body[end:] + rest


def _after_title(
    preamble: list[Line], head: list[Line], title: tuple[Line, ...], lines: list[Line]
) -> tuple[list[Line], list[Line]]:
    """Part the preamble from prose that stands above the title: a page's own, or spam."""
    if not title or not preamble:
        return preamble, []
    above = {id(line) for line in head}
    at = max((i for i, line in enumerate(lines) if id(line) in above and line.pieces == title[-1].pieces), default=-1)
    before = {id(line) for line in lines[: max(at, 0)]}
    kept = [line for line in preamble if id(line) not in before]
    return (kept, [line for line in preamble if id(line) in before]) if kept else (preamble, [])


def _cut_foot(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Part the numbered text from what signs it and follows it."""
    sign = _sign_off(lines)
    end = _page_begins(lines, sign) if sign is not None else _body_end(lines)
    body, signed = _without_signatures(lines[:end])
    return body, signed + lines[end:]


def _sign_off(lines: list[Line]) -> int | None:
    """Return the line of the signature and date after which no number goes on."""
    following: Mark | None = None
    marks: list[Mark | None] = []  # the first after each line, from the last line up
    for line in reversed(lines):
        marks.append(following)
        following = mark_of(line) or following
    for i, (line, following) in enumerate(zip(lines, reversed(marks), strict=True)):
        if not i or line.is_row or not (is_dated(line)):
            continue
        if following is None or following.number == 1:
            return i if not _goes_on(lines, i) else None
    return None


def _page_begins(lines: list[Line], sign: int) -> int:
    """Return the first line after the last number that is no text: 抄送, above the line of the printing."""
    last = max((i for i, line in enumerate(lines[:sign]) if line.is_row or mark_of(line)), default=0)
    return next((i for i in range(last + 1, sign) if is_page(lines[i]) or opens_foot(lines[i])), sign)


def _goes_on(lines: list[Line], date: int) -> bool:
    """True if a text without numbers of its own, or another part of the same, follows the date."""
    rest = lines[date + 1 :]
    title = next((i for i, line in enumerate(rest[:6]) if is_title(line.text)), None)
    return title is not None and any(mark_of(line) for line in rest[title + 1 : title + 12])


def _body_end(lines: list[Line]) -> int:
    """The body goes on after the last numbered line as long as whole sentences or rows follow."""
    foot = _foot(lines)
    last = max((i for i, line in enumerate(lines[:foot]) if line.is_row or mark_of(line)), default=foot - 1)
    end = min(last + 1, len(lines))
    in_sections = heads(lines, 0)
    while end < foot and (_goes_with(lines, end) or (in_sections and heads(lines, end))):
        end += 1
    return end


def _goes_with(lines: list[Line], i: int) -> bool:
    """True for a sentence or a row; half a sentence only right under a heading."""
    under_heading = bool(mark_of(lines[i - 1])) and not is_whole(lines[i - 1].text)
    return lines[i].is_row or is_body(lines[i]) and (under_heading or says(lines[i].text))


def _foot(lines: list[Line]) -> int:
    """Return the first line of what stands below a text, after which no number before it goes on."""
    marks = {i: mark for i, line in enumerate(lines) if (mark := mark_of(line))}
    numbered = list(marks)
    latest: dict[str, int] = {}
    for i, line in enumerate(lines):
        if i and opens_foot(line):
            after = (marks[at] for at in numbered[bisect_right(numbered, i) :][:30])
            if not any(mark.number == latest.get(mark.style, -9) + 1 for mark in after):
                return i
        if mark := marks.get(i):
            latest[mark.style] = mark.number
    return len(lines)


def _text_end(lines: list[Line], start: int) -> int:
    """Return where a text without numbers ends: at its signature, else after its last sentence."""
    for i in range(start, len(lines)):
        if i > start and (is_dated(lines[i]) or opens_foot(lines[i])):
            end = i
            while end > start and not is_text(lines[end - 1]) and not lines[end - 1].is_row:
                end -= 1
            return end
    last = [i for i in range(start, len(lines)) if is_text(lines[i]) or lines[i].is_row]
    return last[-1] + 1 if last else start


def _without_signatures(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Take out what stands between a notice and the text it sends: list of annexes, signature, date, title."""
    kept: list[Line] = []
    dropped: list[Line] = []
    after = ""
    for line in lines:
        if lists_annexes(line.text):
            after = "list"
        elif DATE_LINE.match(line.text):
            after = "date"
            _drop_signature(kept, dropped)
        elif (
            not after
            or line.is_row
            or is_prose(line.text)
            or (mark_of(line) and not (after == "list" and ANNEX_LIST_ITEM.match(line.text)))
        ):
            after = ""
            kept.append(line)
            continue
        dropped.append(line)
    _drop_signature(kept, dropped)
    return kept, dropped


def _drop_signature(kept: list[Line], dropped: list[Line]) -> None:
    while (
        len(kept) > 1
        and (SIGNATURE.match(kept[-1].text) or NOTICE_ONLY.match(kept[-1].text))
        and not mark_at(kept[-1].text)
    ):
        dropped.append(kept.pop())
