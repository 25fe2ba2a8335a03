"""When a document says that it takes force and how long it holds: 本办法自2012年1月1日起施行，有效期5年.

A date is that of the document itself: `《X条例》自…起施行` and `新标准自…起执行` are about something else. 自公布之日起
is the day of issue; 自下达之日起 and 自文到之日起 name no day that the text knows, and none is returned.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from index.figures import find_dates, integer
from index.types import Line

_NUM = r"(?:[0-9０-９]{1,3}|[一二两三四五六七八九十]{1,3})"
_YEAR_DIGITS = r"[0-9０-９零〇○Oo一二三四五六七八九]{4}"
_DAY = (
    rf"(?:{_YEAR_DIGITS}\s*年\s*[0-9０-９一二三四五六七八九十]{{1,3}}\s*月(?:份|\s*[0-9０-９一二三四五六七八九十]{{1,3}}\s*日)?"
    r"|(?:19|20)\d{2}[-./]\d{1,2}[-./]\d{1,2})"
)
_GIVEN = r"(?P<{0}>(?:正式)?(?:公布|发布|印发|颁布|颁发|下发|发文|签发|通过|批准|发出|公告)(?:并.{{0,6}})?)(?:之)?日"
_TAKES = r"(?:正式)?(?:施行|实施|执行|实行|生效|起效|试行|启用)"
# 自2012年1月1日起施行, 自发布之日起满30日后施行, 于2012年1月1日起执行
_START = re.compile(
    rf"(?:自|从|于)\s*(?:(?P<day>{_DAY})|{_GIVEN.format('given')}|(?P<other>[\u4e00-\u9fff]{{2,8}})之日)\s*+(?:起|开始)?(?:计算)?"
    rf"\s*+(?:(?:满|第)?\s*(?P<number>{_NUM})\s*(?:个)?(?P<unit>工作日|日|天|月|年)(?:之?后|满|内)?(?:起|开始)?)?"
    rf"(?:[至到]\s*(?P<until>{_DAY})\s*(?:止|为止|期间|前)?(?:内)?)?\s*+[，,]?\s*+(?:开始|起)?\s*+{_TAKES}"
)
_SUBJECT = re.compile(
    r"^(?:并|均|一律|现|且|该)?(?:本[\u4e00-\u9fff（）()]{1,14}|《[^《》]{4,80}》)?(?:（[^（）]{1,8}）|\([^()]{1,8}\))?(?:均|一律|，|,)?$"
)
_MARK = re.compile(
    r"^\s*(?:第[一二三四五六七八九十百千零〇\d]+(?:条|[、，,])|[（(]?[一二三四五六七八九十]+[）)]?[、.．]?|[（(]?\d+[）)]?[、.．]?)\s*"
)
_SELF = re.compile(r"本(?!省|市|县|区|州|年|月|级|地|人|单位|部门|行政|辖)[\u4e00-\u9fff]{1,8}")
_SENT = re.compile(
    r"(?:会议|审议|讨论|研究)(?:审议|讨论)?(?:通过|批准|同意)|现予以?(?:公布|发布|印发|颁布)|予以(?:公布|发布|印发)|(?:现|予以?)?(?:印发|转发|批转|下发)(?:给|你|各)|现(?:印发|发布|公布)|(?:请|遵照|认真)(?:贯彻|执行|遵照)"
)
_ABOUT_FORCE = re.compile(r"(?:施行|实施|执行|生效|有效)(?:时间|日期|期限|期)")
_HOLDS = re.compile(
    rf"(?:有效期限?|试行期限?|执行期限?|实施期限?|施行期限?|适用期限?|有效)(?:暂定)?(?:为|：|:|是|均为|暂定为)?\s*(?:(?P<number>{_NUM})\s*(?P<unit>个月|年)"
    rf"|(?:自.{{0,24}}?)?[至到]\s*(?P<until>{_DAY})|{_DAY}\s*(?:起)?[至到\-—]+\s*(?P<until2>{_DAY}))"
    rf"|(?:试行|暂行|执行|暂定|施行|实施)(?:期)?(?:为)?\s*(?P<number2>{_NUM})\s*(?P<unit2>个月|年)(?!度|以|之|来|后|前|内)"
    rf"|(?:执行|施行|实施|有效|试行|延续|延长|顺延)(?:期限)?[至到]\s*(?P<until3>{_DAY})"
    rf"|[至到]\s*(?P<until4>{_DAY})\s*(?:止|废止|失效|终止|自行废止|自动失效|停止执行)"
)
_QUOTED = re.compile(r"“[^“”]*”")
_SENTENCE = re.compile(r"[^。；;]+[。；;]?")


@dataclass(frozen=True, slots=True)
class Force:
    """A statement of when a document takes force or ends: a day, or the days after its issue."""

    words: str
    line: Line
    day: str | None = None
    after_issue: tuple[int, str] | None = None  # (30, 日) of 自发布之日起30日后; (0, 日) of 自公布之日起
    until: str | None = None
    holds: tuple[int, str] | None = None  # (5, 年) of 有效期5年

    def starts_on(self, issued: str | None) -> str | None:
        """Return the first day in force."""
        if self.day or self.after_issue is None or issued is None:
            return self.day
        return _later(issued, *self.after_issue)

    def ends_on(self, start: str | None) -> str | None:
        """Return the last day in force: five years from 1 September end on 31 August."""
        if self.until or self.holds is None or start is None:
            return self.until
        end = date.fromisoformat(_later(start, *self.holds)) - timedelta(days=1)
        return end.isoformat()


def find_force(lines: Sequence[Line], title: str = "") -> Force | None:
    """Return the last statement of a text about its own force, or None."""
    found = [force for line in lines if not line.is_row for force in _of_line(line, title)]
    starts = [force for force in found if force.day or force.after_issue is not None]
    ends = [force for force in found if force.until or force.holds]
    if not starts:
        return ends[-1] if ends else None
    start = starts[-1]
    end = start if start.until or start.holds or not ends else ends[-1]
    return Force(start.words, start.line, start.day, start.after_issue, end.until, end.holds)


def _of_line(line: Line, title: str) -> Iterator[Force]:
    text = _QUOTED.sub(lambda m: "\0" * len(m[0]), line.text)
    if not re.search(r"施行|实施|执行|实行|生效|有效|试行|启用|起效|失效|废止|[至到].{6,14}止", text):
        return
    headed = bool(_ABOUT_FORCE.search(text[:30]))
    follows = False  # whether the sentence before it was about the document's own force
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        start = next((m for m in _START.finditer(sentence) if _is_own(sentence, m, title, headed)), None)
        own = start is not None or follows or _has_own_term(sentence)
        holds = _HOLDS.search(sentence, start.end() if start else 0) if own else None
        follows = start is not None
        if start or holds:
            yield _force(sentence, line, start, holds)


def _is_own(sentence: str, match: re.Match[str], title: str, headed: bool) -> bool:
    """True if a sentence says of the document, and not of a part or another, that it takes force."""
    before = _MARK.sub("", sentence[: match.start()])
    clause = re.split(r"[，,：:]", before)[-1].strip()
    subject = _SUBJECT.match(clause)
    if not subject:
        return False
    if clause.startswith("《"):
        return bool(title) and re.sub(r"\W", "", clause) in re.sub(r"\W", "", title) or bool(_SENT.search(before))
    return (
        bool(clause and _SELF.match(clause))
        or bool(_SELF.search(before) or _SENT.search(before))
        or headed
        or not before.strip(" \0")
    )


def _has_own_term(sentence: str) -> bool:
    return bool(
        re.search(
            r"本[\u4e00-\u9fff（）()]{1,12}(?:的)?(?:有效期|试行期|执行期|施行期|自|执行至|有效|试行|暂定)", sentence
        )
    )


def _force(sentence: str, line: Line, start: re.Match[str] | None, holds: re.Match[str] | None) -> Force:
    day, after_issue, until = None, None, None
    if start:
        day = _day(start["day"]) if start["day"] else None
        if start["given"]:
            after_issue = (integer(start["number"]), start["unit"]) if start["number"] else (0, "日")
            after_issue = after_issue if after_issue[1] != "工作日" else None  # holidays are not known
        until = _day(start["until"], last=True) if start["until"] else None
    term = None
    if holds:
        said = holds["until"] or holds["until2"] or holds["until3"] or holds["until4"]
        until = until or (_day(said, last=True) if said else None)
        number, unit = holds["number"] or holds["number2"], holds["unit"] or holds["unit2"]
        term = (integer(number.replace("两", "二")), unit) if number else None
    return Force(sentence.strip(" \0"), line, day, after_issue, until, term)


def _day(said: str, last: bool = False) -> str | None:
    """Return a date; a month alone is its first day, or the last for an end."""
    full = find_dates(said)
    if full:
        return full[0][2]
    month = find_dates(re.sub(r"月份?$", "月1日", said.strip()))
    if not month:
        return None
    first = date.fromisoformat(month[0][2])
    return first.replace(day=monthrange(first.year, first.month)[1]).isoformat() if last else first.isoformat()


def _later(start: str, number: int, unit: str) -> str:
    """Return the day a number of days, months or years after another; 31 January and a month is 28 February."""
    day = date.fromisoformat(start)
    if unit in ("日", "天"):
        return (day + timedelta(days=number)).isoformat()
    months = number * (12 if unit == "年" else 1) + day.month - 1
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1])).isoformat()
