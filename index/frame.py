"""Which lines of a file are the document, which are the page around it, and where one document sends another.

page · head (title, 文号, addressee) · preamble · numbered body · annexes · signature · page
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.head import find_title, kind_of, title_text
from index.lines import ANNEX, DATE_LINE, is_prose, is_whole
from index.marks import DIVISIONS, Mark, is_reference, mark_at, question_at
from index.tables import lay_out
from index.types import Line

# 各县(市)、区人民政府,市政府各委办局、各直属机构:
_ADDRESSEE = re.compile(
    r"^(?:各|省|市|县|区|州|盟|有关|国务院|自治区|机关|你|中央|[\u4e00-\u9fff]{2,30}(?:政府|委|厅|局|部|院|公司|办公室))[^。；;！!？?]{0,160}[:：]$"
)
_NOTICE_ONLY = re.compile(
    r"^[（(]?\s*(?:此件[^。]{0,24}|本?(?:文|通知|意见)?有删减|联系人.{0,60}|信息公开选项.{0,20})[）)]?$"
)
_LABELLED = re.compile(
    r"^[^。,，]{0,12}(?:来\s*源|编\s*辑|责任编辑|主题词|抄\s*送|主\s*送|抄\s*报|印\s*发|作者|时间|浏览|字号|字体|索\s*引\s*号|关键词|信息有效性|发布机构|发文机关|发文字号|有效性"
    r"|成文日期|发文日期|发布日期|公开日期|生效日期|主题分类|信息来源|签发人|文\s*号|标\s*题|名\s*称)[^。]{0,4}\s*[】\]]?\s*[:：]"
)
_ANNEX_LIST_ITEM = re.compile(r"^\d{1,2}\s*[.．、][^。；;]{1,80}$")  # 2.任务分工表, under 附件:1.…
_SIGNATURE = re.compile(r"^[\u4e00-\u9fff（）() 、·]{3,40}$")
_SIGNED = re.compile(
    r"^[\u4e00-\u9fff（）() 、]{4,60}?\s*(?:[0-9０-９零〇○二一]{4}\s*年.{1,4}月.{1,4}日)\s*(?:[（(]?(?:印发|盖章)[）)]?)?$"
)
_CONTENTS = re.compile(r"^目\s*[录次]$")
_CONTENTS_TAIL = re.compile(r"[\s.．…·\-—]*\d*$")  # 一、总体要求……3
_SENDS = re.compile(r"印发|发布|公布|转发|批转|下发")
_ORDERS = re.compile(r"(?:令|公告)(?:\s*[（(〔第]|$)")
_FOOT = re.compile(
    r"^\W*(?:相关(?:链接|阅读|新闻|文章|推荐|文件|解读|稿件|信息|主题|政策)|延伸阅读|推荐阅读|解读链接|图解|热点|友情链接|责任编辑|编\s*辑|抄\s*送|主题词|印发机关|来源)\s*[:：]?"
)
_LONG_LINE = 40
_BARE_HEADING = 25


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
    main, annexes = _cut_annexes(lines)
    notice, *sent = _cut_sent(main)
    frame = _main_frame(notice)
    children = [_main_frame(part) for part in sent]
    last = children[-1] if children else frame
    last = _with_annexes(last, annexes)
    if children:
        return replace(frame, sent=(*children[:-1], last))
    return last


def _main_frame(lines: list[Line]) -> Frame:
    """Part one document, its annexes apart."""
    first = _body_start(lines)
    start = _preamble_start(lines, first)
    preamble = [line for line in lines[start:first] if _is_text(line)]
    head = [*lines[:start], *(line for line in lines[start:first] if not _is_text(line))]
    title = find_title(head, "".join(line.text for line in preamble))
    preamble, spam = (
        (preamble, []) if _addressee(lines, first) is not None else _after_title(preamble, head, title, lines)
    )
    head = sorted([*head, *spam], key=lines.index) if spam else head
    if first == len(lines):  # nothing is numbered: the whole text is the preamble, or its sections
        end = _text_end(lines, start)
        body = [line for line in lines[start:end] if line in preamble or not _is_page(line)]
        return Frame(tuple(lines[:start]), title, (), tuple(lay_out(body)), (), tuple(lines[end:]))
    body, foot = _cut_foot(lines[first:])
    return Frame(tuple(head), title, tuple(preamble), tuple(lay_out(body)), (), tuple(foot))


def _with_annexes(frame: Frame, annexes: list[list[Line]]) -> Frame:
    parts = []
    foot = list(frame.foot)
    for annex in annexes:
        body, rest = _cut_foot(annex) if any(_mark(line) for line in annex) else (annex, [])
        body, rest = _without_page(body, rest)
        parts.append(tuple(lay_out(body)))
        foot += rest
    return replace(frame, annexes=tuple(parts), foot=tuple(foot))


def _without_page(body: list[Line], rest: list[Line]) -> tuple[list[Line], list[Line]]:
    """Take the page's lines off the end of an annex."""
    end = next((i for i, line in enumerate(body) if i and _FOOT.match(line.text)), len(body))
    return body[:end], body[end:] + rest


# --- the beginning


def _mark(line: Line) -> Mark | None:
    """Return the number that a line opens with, unless it is a doubtful one or a reference."""
    mark = None if line.is_row else question_at(line.text) or mark_at(line.text)
    if mark is None or is_reference(line.text, mark):
        return None
    return mark if not mark.is_doubtful or mark.style == "decimal" or _is_bare_heading(line.text, mark) else None


def _is_bare_heading(text: str, mark: Mark) -> bool:
    """True for `1 总则`, the top of a text numbered 1.1.1."""
    return mark.style == "bare" and len(text) <= _BARE_HEADING and not re.search(r"[。，,；;：:]", text)


def _body_start(lines: list[Line]) -> int:
    """Return the first line that opens the body, else the first of a bare list, else the end."""
    named = _named_annexes(lines)
    marked = [i for i, line in enumerate(lines) if _mark(line) and i not in named]
    reaches: dict[int, bool] = {}  # whether prose stands in the run of numbered lines from here, or ends it
    for i in reversed(marked):
        after = i + 1 < len(lines) and reaches.get(i + 1, is_prose(lines[i + 1].text))
        reaches[i] = is_prose(lines[i].text) or after
    opening = next((i for i in marked if _opens_body(lines, i, reaches[i])), None)
    table = _first_table(lines)
    if opening is None:
        listed = [i for i in marked if len(lines[i].text) > _mark(lines[i]).end]  # type: ignore[union-attr]
        opening = listed[0] if len(listed) > 1 else len(lines)
    return _with_heading(lines, min(opening, table))


def _with_heading(lines: list[Line], first: int) -> int:
    """Return where a body begins that has a heading without a number above its first number."""
    if 1 < first < len(lines) and is_whole(lines[first - 2].text) and not _is_page(lines[first - 2]):
        return first - 1 if _heads(lines, first - 1) else first
    return first


def _heads(lines: list[Line], i: int) -> bool:
    """True for a short line without a number that stands over a number or a sentence."""
    line = lines[i]
    if line.is_row or len(line.text) > _BARE_HEADING or is_whole(line.text) or _is_page(line) or _mark(line):
        return False
    return (
        i + 1 < len(lines)
        and (_mark(lines[i + 1]) is not None or _is_text(lines[i + 1]))
        and not _FOOT.match(line.text)
    )


def _first_table(lines: list[Line]) -> int:
    """Return where a table stands after the first prose: one above it holds the page's fields."""
    prose = next((i for i, line in enumerate(lines) if _is_text(line)), len(lines))
    return next((i for i in range(prose, len(lines)) if lines[i].is_row), len(lines))


def _opens_body(lines: list[Line], i: int, reaches_prose: bool) -> bool:
    """A numbered line opens the body if prose follows it, at once or after more marks."""
    if _in_contents(lines, i):
        return False
    if any(is_prose(line.text) or len(line.text) > _LONG_LINE for line in lines[i : i + 4] if not line.is_row):
        return True
    return reaches_prose


def _in_contents(lines: list[Line], i: int) -> bool:
    """A table of contents says every heading once too early."""
    entry = _CONTENTS_TAIL.sub("", lines[i].text).replace(" ", "")
    if is_prose(lines[i].text) or len(entry) > 60:
        return False
    return any(line.text.replace(" ", "").startswith(entry) for line in lines[i + 1 :] if not line.is_row)


def _is_text(line: Line) -> bool:
    return not line.is_row and is_prose(line.text) and not _is_page(line)


def _is_page(line: Line) -> bool:
    """True for what stands on a document and is not its text: addressee, label, date."""
    text = line.text
    return bool(
        _ADDRESSEE.match(text)
        or _LABELLED.match(text)
        or _NOTICE_ONLY.match(text)
        or DATE_LINE.match(text)
        or _CONTENTS.match(text)
    )


def _preamble_start(lines: list[Line], first: int) -> int:
    """The preamble begins after the addressee, or else with the first prose before the body."""
    addressee = _addressee(lines, first)
    if addressee is not None:
        return addressee + 1
    return next((i for i in range(first) if _is_text(lines[i])), first)


def _addressee(lines: list[Line], first: int) -> int | None:
    """Return the line that names whom the document is sent to, the last if several lines could be."""
    found = (i for i in range(first - 1, -1, -1) if not lines[i].is_row and not _LABELLED.match(lines[i].text))
    return next((i for i in found if _ADDRESSEE.match(lines[i].text)), None)


def _after_title(
    preamble: list[Line], head: list[Line], title: tuple[Line, ...], lines: list[Line]
) -> tuple[list[Line], list[Line]]:
    """Part the preamble from prose that stands above the title: a page's own, or spam."""
    if not title or not preamble:
        return preamble, []
    at = max((i for i, line in enumerate(lines) if line.pieces == title[-1].pieces and line in head), default=-1)
    spam = [line for line in preamble if lines.index(line) < at]
    return ([line for line in preamble if line not in spam], spam) if len(spam) < len(preamble) else (preamble, [])


# --- the end


def _cut_foot(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Part the numbered text from what signs it and follows it."""
    sign = _sign_off(lines)
    end = _page_begins(lines, sign) if sign is not None else _body_end(lines)
    body, signed = _without_signatures(lines[:end])
    return body, signed + lines[end:]


def _sign_off(lines: list[Line]) -> int | None:
    """Return the line of the signature and date after which no number goes on."""
    for i, line in enumerate(lines):
        if not i or line.is_row or not (_is_dated(line)):
            continue
        following = next((mark for after in lines[i + 1 :] if (mark := _mark(after))), None)
        if following is None or following.number == 1:
            return i if not _goes_on(lines, i) else None
    return None


def _page_begins(lines: list[Line], sign: int) -> int:
    """Return the first line after the last number that is no text: 抄送, above the line of the printing."""
    last = max((i for i, line in enumerate(lines[:sign]) if line.is_row or _mark(line)), default=0)
    return next((i for i in range(last + 1, sign) if _is_page(lines[i]) or _FOOT.match(lines[i].text)), sign)


def _goes_on(lines: list[Line], date: int) -> bool:
    """True if a text without numbers of its own, or another part of the same, follows the date."""
    rest = lines[date + 1 :]
    title = next((i for i, line in enumerate(rest[:6]) if _is_title(line.text)), None)
    return title is not None and any(_mark(line) for line in rest[title + 1 : title + 12])


def _body_end(lines: list[Line]) -> int:
    """The body goes on after the last numbered line as long as whole sentences or rows follow."""
    foot = next(
        (i for i, line in enumerate(lines) if i and _FOOT.match(line.text) and not _resumes(lines, i)), len(lines)
    )
    last = max((i for i, line in enumerate(lines[:foot]) if line.is_row or _mark(line)), default=foot - 1)
    end = min(last + 1, len(lines))
    in_sections = _heads(lines, 0)
    while end < foot and (_is_text(lines[end]) or lines[end].is_row or (in_sections and _heads(lines, end))):
        end += 1
    return end


def _resumes(lines: list[Line], at: int) -> bool:
    """True if the numbers before a line go on after it."""
    before = [mark for line in lines[:at] if (mark := _mark(line))]
    after = [mark for line in lines[at + 1 :] if (mark := _mark(line))]
    latest = {mark.style: mark.number for mark in before}
    return any(mark.number == latest.get(mark.style, -9) + 1 for mark in after[:30])


def _text_end(lines: list[Line], start: int) -> int:
    """Return where a text without numbers ends: at its signature, else after its last sentence."""
    for i in range(start, len(lines)):
        text = lines[i].text
        if i > start and (DATE_LINE.match(text) or _SIGNED.match(text) or _FOOT.match(text)):
            end = i
            while end > start and not _is_text(lines[end - 1]) and not lines[end - 1].is_row:
                end -= 1
            return end
    last = [i for i in range(start, len(lines)) if _is_text(lines[i]) or lines[i].is_row]
    return last[-1] + 1 if last else start


def _without_signatures(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """Take out what stands between a notice and the text it sends: list of annexes, signature, date, title."""
    kept: list[Line] = []
    dropped: list[Line] = []
    after = ""
    for line in lines:
        if _lists_annexes(line.text):
            after = "list"
        elif DATE_LINE.match(line.text):
            after = "date"
            _drop_signature(kept, dropped)
        elif (
            not after
            or line.is_row
            or is_prose(line.text)
            or (_mark(line) and not (after == "list" and _ANNEX_LIST_ITEM.match(line.text)))
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
        and (_SIGNATURE.match(kept[-1].text) or _NOTICE_ONLY.match(kept[-1].text))
        and not mark_at(kept[-1].text)
    ):
        dropped.append(kept.pop())


# --- annexes


def _cut_annexes(lines: list[Line]) -> tuple[list[Line], list[list[Line]]]:
    """Cut the annexes off; a list that only names them stays with the document."""
    begun = min(_body_start(lines), next((i for i, line in enumerate(lines) if _is_text(line)), len(lines)))
    starts: list[int] = []
    for i in range(begun + 1, len(lines)):
        match = _annex(lines[i])
        if (
            match and not (starts and match["kind"] in ("表", "录")) and _starts_annex(lines, i)
        ):  # 附表 of an 附件 is a table in it
            starts.append(i)
    bounds = [*starts, len(lines)]
    return lines[: bounds[0]], [lines[a:b] for a, b in pairwise(bounds)]


def _named_annexes(lines: list[Line]) -> frozenset[int]:
    """The numbered lines of a list of annexes: `附件:` above `1.实施方案` and `2.任务分工表`."""
    named: set[int] = set()
    for i, line in enumerate(lines):
        follows = i and (i - 1 in named or _annex(lines[i - 1]) is not None)
        if follows and not line.is_row and _ANNEX_LIST_ITEM.match(line.text):
            named.add(i)
    return frozenset(named)


def _annex(line: Line) -> re.Match[str] | None:
    match = None if line.is_row or len(line.text) > 80 or is_prose(line.text) else ANNEX.match(line.text)
    if match is None:
        return None
    bare = match.end() == len(line.text)
    parted = (
        bool(match["number"])
        or line.text[: match.end()].rstrip() != line.text[: match.end()]
        or match[0][-1] in ":：.．、"
    )
    return match if bare or parted else None


def _lists_annexes(text: str) -> bool:
    match = ANNEX.match(text)
    return bool(match and match.end() < len(text) and match[0].rstrip()[-1] in ":：")


def _starts_annex(lines: list[Line], i: int) -> bool:
    """True for `附件1` above its text; false for the list of annexes above the signature."""
    match = _annex(lines[i])
    if match is None:
        return False
    following = next((j for j in range(i + 1, len(lines)) if not _is_listed(lines[j])), len(lines))
    if following == len(lines):
        return match.end() == len(lines[i].text) and i + 1 < len(lines) and not _annex(lines[i + 1])
    if _signs(lines, following):
        return False
    if match.end() < len(lines[i].text) and _ANNEX_LIST_ITEM.match(lines[i].text[match.end() :]):
        return False  # 附件:1.申报表
    return not (match.end() < len(lines[i].text) and _again(lines, i))


def _again(lines: list[Line], i: int) -> bool:
    """True if what a line names as an annex is set out later, under the same words or under its title."""
    match = _annex(lines[i])
    whole = lines[i].text.replace(" ", "")
    title = lines[i].text[match.end() :].replace(" ", "") if match else whole
    return any(line.text.replace(" ", "") in (whole, title) for line in lines[i + 1 :])


def _is_listed(line: Line) -> bool:
    return bool(_annex(line)) or (not line.is_row and bool(_ANNEX_LIST_ITEM.match(line.text)))


def _signs(lines: list[Line], i: int) -> bool:
    """True if a signature and a date stand here."""
    window = lines[i : i + 4]
    dated = next((k for k, line in enumerate(window) if DATE_LINE.match(line.text) or _SIGNED.match(line.text)), None)
    return dated is not None and all(
        _SIGNATURE.match(line.text) or _NOTICE_ONLY.match(line.text) for line in window[:dated]
    )


# --- a notice and what it sends


def _cut_sent(lines: list[Line]) -> list[list[Line]]:
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
    numbered = any(_mark(line) for line in first[_preamble_start(first, len(first)) :])
    if not numbered and _is_order(first):
        return [lines]
    if not numbered and not any(_has_articles(part) for part in parts[1:]):
        return [lines]
    return parts


def _is_order(lines: list[Line]) -> bool:
    head = lines[: _preamble_start(lines, len(lines))]
    return any(_ORDERS.search(line.text) and len(line.text) < _LONG_LINE and "关于" not in line.text for line in head)


def _has_articles(lines: list[Line]) -> bool:
    return any((mark := _mark(line)) is not None and mark.style == "article" for line in lines)


def _sent_starts(lines: list[Line]) -> Iterator[int]:
    """Yield where the title of a sent document stands: one that the notice quoted, or one after its date."""
    begun = next((i for i, line in enumerate(lines) if _is_text(line)), len(lines))
    said = "".join(line.text for line in lines[: begun + 3])
    quoted = (
        {_plain(title) for title in re.findall(r"《((?:[^《》]|《[^《》]*》){4,160})》", said)}
        if _SENDS.search(said)
        else set()
    )
    dated = articles = False
    i = begun + 1
    while i < len(lines):
        dated = dated or _is_dated(lines[i])
        articles = articles or _has_articles(lines[i : i + 1])
        explains = articles and lines[i].text.startswith("关于")  # 关于《…办法(草案)》的说明, below the draft
        length = _title_length(lines, i, quoted, dated or explains)
        if length and _opens_numbers(lines[i + length : i + length + 40]):
            yield i
            dated = False
            i += length
        i += 1


def _is_dated(line: Line) -> bool:
    return bool(DATE_LINE.match(line.text) or _SIGNED.match(line.text))


def _title_length(lines: list[Line], i: int, quoted: set[str], dated: bool) -> int:
    """Return how many lines from here make the title of a sent document, 0 if they do not."""
    for length in (1, 2, 3, 4):
        part = lines[i : i + length]
        if any(line.is_row or is_prose(line.text) or _mark(line) or _is_dated(line) for line in part):
            return 0
        text = _plain(title_text(part))
        if text in quoted or (dated and length < 3 and _is_title(text)):
            return length
    return 0


def _is_title(text: str) -> bool:
    return (
        3 < len(text) <= 60
        and not DATE_LINE.match(text)
        and kind_of(text) is not None
        and not re.search(r"[。；;：:]", text)
    )


def _opens_numbers(lines: list[Line]) -> bool:
    """True if the first number of the lines is a first: 第一条, 第一章, 一、."""
    mark = next((mark for line in lines if (mark := _mark(line))), None)
    return (
        mark is not None
        and mark.number == 1
        and (mark.stands_alone or mark.style in DIVISIONS or mark.style == "arabic")
    )


def _plain(text: str) -> str:
    return re.sub(r"[\s《》〈〉“”\"]", "", text)
