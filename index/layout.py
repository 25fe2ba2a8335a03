"""What a line is in a document's layout: a clause's number, text, a signature, an annex's heading, or the page."""

from __future__ import annotations

import re

from index.lines import ANNEX, DATE_LINE, is_prose, is_whole, says
from index.marks import Mark, is_reference, mark_at, question_at
from index.types import Line

# 各县(市)、区人民政府,市政府各委办局、各直属机构:
ADDRESSEE = re.compile(
    r"^(?:各|省|市|县|区|州|盟|有关|国务院|自治区|机关|你|中央|[\u4e00-\u9fff]{2,30}(?:政府|委|厅|局|部|院|公司|办公室))[^。；;！!？?]{0,160}[:：]$"
)
NOTICE_ONLY = re.compile(
    r"^[（(]?\s*(?:此件[^。]{0,24}|本?(?:文|通知|意见)?有删减|联系人.{0,60}|信息公开选项.{0,20})[）)]?$"
)
LABELLED = re.compile(
    r"^[^。,，]{0,12}(?:来\s*源|编\s*辑|责任编辑|主题词|抄\s*送|主\s*送|抄\s*报|印\s*发|作者|时间|浏览|字号|字体|索\s*引\s*号|关键词|信息有效性|发布机构|发文机关|发文字号|有效性"
    r"|成文日期|发文日期|发布日期|公开日期|生效日期|主题分类|信息来源|签发人|文\s*号|标\s*题|名\s*称)[^。]{0,4}\s*[】\]]?\s*[:：]"
)
ANNEX_LIST_ITEM = re.compile(r"^\d{1,2}\s*[.．、][^。；;]{1,80}$")  # 2.任务分工表, under 附件:1.…
SIGNATURE = re.compile(r"^[\u4e00-\u9fff（）() 、·]{3,40}$")
_SIGNED = re.compile(
    r"^[\u4e00-\u9fff（）() 、]{4,60}?\s*(?:[0-9０-９零〇○二一]{4}\s*年.{1,4}月.{1,4}日)\s*(?:[（(]?(?:印发|盖章)[）)]?)?$"
)
_CONTENTS = re.compile(r"^目\s*[录次]$")
_FOOT = re.compile(
    r"^\W*(?:相关(?:链接|阅读|新闻|文章|推荐|文件|解读|稿件|信息|主题|政策)|延伸阅读|推荐阅读|解读链接|图解|热点|友情链接|责任编辑|编\s*辑|抄\s*送|主题词|印发机关|来源)\s*[:：]?"
)
_COPIES = re.compile(r"^\W*(?:抄\s*[送报]|主\s*送|印\s*发)")
LONG_LINE = 40  # a heading is shorter
HEADING_LENGTH = 25


def mark_of(line: Line) -> Mark | None:
    """Return the number that a line opens with, unless it is a doubtful one or a reference."""
    mark = None if line.is_row else question_at(line.text) or mark_at(line.text)
    if mark is None or is_reference(line.text, mark):
        return None
    return (
        mark
        if not mark.is_doubtful or mark.style in ("decimal", "comma") or _is_bare_heading(line.text, mark)
        else None
    )


def _is_bare_heading(text: str, mark: Mark) -> bool:
    """True for `1 总则`, the top of a text numbered 1.1.1."""
    return mark.style == "bare" and len(text) <= HEADING_LENGTH and not re.search(r"[。，,；;：:]", text)


def is_text(line: Line) -> bool:
    return not line.is_row and is_prose(line.text) and not is_page(line)


def is_body(line: Line) -> bool:
    """True for a line that goes on with a text whose numbers have ended: any sentence, or a half one."""
    text = line.text
    half = len(text) >= 10 and re.search(r"[，,]", text) and "|" not in text
    return line.is_row or (not is_page(line) and (says(text) or bool(half)))


def is_page(line: Line) -> bool:
    """True for what stands on a document and is not its text: addressee, label, date."""
    text = line.text
    return bool(
        ADDRESSEE.match(text)
        or (LABELLED.match(text) and (not text.endswith("。") or _COPIES.match(text)))
        or NOTICE_ONLY.match(text)
        or DATE_LINE.match(text)
        or _CONTENTS.match(text)
    )


def is_dated(line: Line) -> bool:
    return bool(DATE_LINE.match(line.text) or _SIGNED.match(line.text))


def opens_foot(line: Line) -> bool:
    """True for what begins the page below a document: 相关链接, 责任编辑, 抄送."""
    return bool(_FOOT.match(line.text))


def heads(lines: list[Line], i: int) -> bool:
    """True for a short line without a number that stands over a number or a sentence."""
    line = lines[i]
    if line.is_row or len(line.text) > HEADING_LENGTH or is_whole(line.text) or is_page(line) or mark_of(line):
        return False
    return i + 1 < len(lines) and (mark_of(lines[i + 1]) is not None or is_body(lines[i + 1])) and not opens_foot(line)


def named_annexes(lines: list[Line]) -> frozenset[int]:
    """The numbered lines of a list of annexes: `附件:` above `1.实施方案` and `2.任务分工表`."""
    named: set[int] = set()
    for i, line in enumerate(lines):
        follows = i and (i - 1 in named or annex_at(lines[i - 1]) is not None)
        if follows and not line.is_row and ANNEX_LIST_ITEM.match(line.text):
            named.add(i)
    return frozenset(named)


def annex_at(line: Line) -> re.Match[str] | None:
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


def lists_annexes(text: str) -> bool:
    match = ANNEX.match(text)
    return bool(match and match.end() < len(text) and match[0].rstrip()[-1] in ":：")
