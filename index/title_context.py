"""What stands around a title in a text: whether one begins after these words, and goes on as another after it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from index.place_words import plain
from index.regions import Mention, find_regions, region_by_adcode
from index.titles import KIND, QUOTED, STRICT, normal_title
from index.tokens import words
from index.types import Document

_LEADINS_FILE = Path(__file__).parent / "data" / "title_leadins.txt"
_ORGAN = re.compile(
    r"(?:人民)?(?:政府|政协|人大)?(?:常务委员会|办公厅|办公室|委员会|[\u4e00-\u9fff]{1,8}(?:厅|局|委|部|院))?$"
)
# What follows a title and makes another of it: 劳动法|实施条例; but not 劳动法|规定的.
GOES_ON = re.compile(
    r"(?:若干|有关|具体|部分)?(?:实施|执行|施行|配套|补充)(?:细则|办法|条例|规定|意见|方案|规则)|细则|司法解释|修正案|的决定|规(?!定)|律|院|官|学"
)
# 该办法, 上述文件, 办法 alone: they point to a document and are no title.
_BACK = "该|本|此|这|那|上述|前述|以上|刚才的?|上面的?"
_SOME = "文件|法规|规章|政策|文|[\u4e00-\u9fff]{0,2}?(?:法|条例|办法|规定|细则|规则|通知|意见|方案|决定|公告|解读)"
_POINTED = re.compile(rf"(?:{_BACK})[一个份部项件则]{{0,2}}(?:{_SOME})")
_POINTING = re.compile(rf"(?:{_BACK})?[一个份部项件则]{{0,2}}(?:{_SOME})")
# What may follow a part of a title up to its end.
_REST = re.compile(
    r"([\u4e00-\u9fff]{0,8}?(?:条例|办法|规定|细则|规则|方案|意见|通知|规划|计划|纲要|要点|措施|决定))(?=第|\s*$|[的中里,，])"
)
# 2015年的社区食堂法: the year is no part of the title.
_YEAR_BEFORE = re.compile(
    r"(?:\d{4}|[一二〇零○九][〇零○一二三四五六七八九]{3})年(?:度|版|修订|修正|修改|颁布|发布|制定|施行)*的?"
)


def points_back(text: str) -> bool:
    """True if a text ends in words that point to a document and do not name it: 该办法, 上述文件."""
    return bool(re.search(rf"{_POINTED.pattern}(?:的|中|里)?\s*$", text))


def title_before(text: str, end: int) -> str:
    """Return the title that ends before a place: 海洋环境保护法 of 请问海洋环境保护法的第三条; 该办法 is none."""
    before = re.sub(r"(?:[的之中里内]|里面|中的|里的|里面的)?[ :,:,]*$", "", text[:end])
    if quoted := [m for m in QUOTED.finditer(before) if m.end() == len(before)]:
        return quoted[-1][0]
    run = re.search(r"[\u4e00-\u9fff、()0-9]*$", plain(before))
    said = run[0] if run else ""
    strong = [i for i in range(1, len(said)) if said[:i].endswith(_strong_leadins())]
    after_place = len(said) < len(before) and before[-len(said) - 1] == "\n" and not re.match(r"[和与及或、跟同]", said)
    name = re.sub(r"^[和与及或、跟同对按据在查看问把]", "", said[max(strong, default=0) :])
    name = re.sub(rf"^{_YEAR_BEFORE.pattern}", "", name)
    if after_place and not STRICT.search(name):  # 第二部分重点任务第(二)项: the heading of the place before
        return ""
    return name if KIND.search(name) and not _POINTING.fullmatch(name) else ""


def is_part_of_another(text: str, start: int, end: int, title: str) -> bool:
    """True if a run that a text shares with a title is part of another there: 深化改革|实施方案, of 深化改革|工作安排."""
    quote = quote_around(text, start, end)
    rest = _REST.match(text, end)
    said = text[quote[0] : start] + " " + text[end : quote[1]] if quote else rest[1] if rest else ""
    return any(word not in title for word in words(said))


def quote_around(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the span of the title in 书名号 in which a run stands."""
    return next((m.span() for m in QUOTED.finditer(text) if m.start() < end and start < m.end()), None)


def is_of_others(name: str, doc: Document) -> bool:
    """True if a title begins with a place or body that is not the document's: another city's 关于公布…的通知."""
    asked = normal_title(name)
    places = find_regions(asked)
    leading = [place for i, place in enumerate(places) if place.start == (places[i - 1].end if i else 0)]
    if leading and doc.adcode and region_by_adcode(doc.adcode) not in leading[-1].candidates:
        return True
    body, own = asked.partition("关于")[0], normal_title(doc.title).partition("关于")[0] + "".join(doc.issuers)
    is_notice = "关于" in asked and own and ("关于" in doc.title or doc.issuers)
    return bool(is_notice and body and not (body in own or any(issuer in body for issuer in doc.issuers)))


def place_before(before: str) -> Mention | None:
    """Return the place that stands right before a title, or before the body that gives it: 沈阳市人民政府|关于…."""
    places = find_regions(before.removesuffix("的"))
    rest = before.removesuffix("的")[places[-1].end :] if places else ""
    return places[-1] if places and (not rest or _ORGAN.fullmatch(rest)) else None


def begins_after(doc: Document, place: Mention | None, before: str) -> bool:
    """True if a document's title may begin after these words: after its own place, or after 根据.

    长春市城市绿化条例 is not the State Council's 城市绿化条例, and 劳动合同法 holds no 合同法.
    """
    if place:
        return bool(doc.adcode) and region_by_adcode(doc.adcode) in place.candidates  # type: ignore[arg-type]
    before = re.sub(rf"{_YEAR_BEFORE.pattern}$", "", before).removesuffix("的")
    if not re.search(r"[\u4e00-\u9fff]$", before):
        return True
    return _may_begin(before) or any(before.endswith(issuer) for issuer in doc.issuers)


def _may_begin(before: str) -> bool:
    return not before or before.endswith(("的", *_leadins()))


@cache
def _leadins() -> tuple[str, ...]:
    lines = _LEADINS_FILE.read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and line[0] != "#")


@cache
def _strong_leadins() -> tuple[str, ...]:
    """Return those that are never the beginning of a title: 根据, but not 对 or 和."""
    return tuple(word for word in _leadins() if len(word) > 1)
