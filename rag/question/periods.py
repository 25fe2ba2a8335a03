"""Which years a question speaks of: 2012年, 二〇一二年, 2016-2020年, 十三五, 去年, 近三年, 到2020年, 2012年印发.

Only what limits the policies asked about is read. A length of time (满15年), a condition (近三年无违规) or the date of
something else (2014年以前退休的) limits none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

_RELATIVE_FILE = Path(__file__).parent.parent / "data" / "relative_years.tsv"
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_HAN_DIGITS = str.maketrans("〇零○Oo一二三四五六七八九", "00000123456789")
_HAN_YEAR = re.compile(r"[一二][〇零○九Oo][〇零○Oo一二三四五六七八九]{2}(?=年)")
_Y = r"(?<![\d.])(?:19|20)\d{2}"
_DAY = r"(?:\s*\d{1,2}月份?(?:\s*\d{1,2}[日号])?)?"
_RANGE = re.compile(rf"({_Y})\s*(?:年度?{_DAY})?\s*[-—–―~～至到]+\s*({_Y}|今)(?:\s*年(?:度|底|末)?{_DAY})?")
_SINCE = re.compile(rf"({_Y})\s*年(?:度|底|末)?{_DAY}(?:以来|以后|之后|后|起(?!草))")
_BEFORE = re.compile(rf"({_Y})\s*年{_DAY}(?:以前|之前)")
# 2014年以前退休的, 1996年后参加工作的: whom the policy is for, not when it was made.
_OF_SOMEBODY = re.compile(
    r"(?:已经?|就|的)*(?:出生|参加|退休|离休|参保|入职|建成|建设|开工|登记|取得|签|购|买|毕业|入学|成立|办理|去世|死亡|生)"
)
_AIMS = re.compile(r"达到|完成|实现|建成|力争|争取|目标|覆盖|全面|消除|基本|要")
_GOAL = re.compile(
    rf"(?:到|至|截至|截止到?)\s*({_Y})\s*年(?:度|年?底|年?末)?(?:以?前|之前)?|({_Y})\s*年(?:年?底|年?末)?前"
)
_ISSUED = re.compile(
    rf"({_Y})\s*年{_DAY}(?:里|内|份)?(?:由.{{2,12}}?)?(?:新|刚)?(?:印发|出台|发布|下发|公布|颁布|制定|发文|发的|印的)"
)
_FULL = re.compile(rf"({_Y})\s*年(?:度|底|末|初)?")
# 2000户, 2000平方米; but 2012户籍, 2016家庭医生 is a year before a word.
_MEASURED = (
    r"元|万|亿|个|名(?!单|额)|人(?![才员口均民事力大])|张|床(?!位)|所(?![得有])|家(?!庭)|户(?![籍口])|亩|次|件|条(?![例件])|项(?!目)|辆|台(?!湾)"
    r"|座(?!谈)|平方|平米|米|公里|公顷|公斤|千克|克(?!拉)|吨|毫|倍|分(?:钟|$)|字|号|天|日(?![间常])|周(?!边)|小时|层|种(?!植)|位|岁|余|多|套"
    r"|届|处(?![方罚理置分])|只|头|棵|株|瓶|页|%|％|‰"
)
_BARE = re.compile(rf"({_Y})(?!\d|[.,]\d|\s*(?:{_MEASURED})|\s*[-~～至到—]+\s*\d)")
# 24年 is 2024; but 满20年, 10年以上, 15年免费教育 are lengths of time.
_SHORT = re.compile(
    r"(?<![\d.第])([012]\d)\s*年(?:度|底|末|初)?"
    r"(?!以|内|期|制|后|来|间|的时间|之|多|左右|前|限|级|有期|免费|义务|工龄|教育|还是|或|未|才|就|不|历史|经验|吗)"
)
_LENGTH_BEFORE = re.compile(
    r"(?:满|过|于|少|多|达|到了|期|限|为|连续|续|近|每|约|已|共|计|长|短|延|服务|工作|缴费|交|缴|存|保管|刑|处|判|用|住|营|业|事|役|第"
    r"|还是|或者?|税|隔|养|免|租|贷|是|足|按|这)$"
)
_LEADS = re.compile(r"^(?:请问|那么?|那个|换成|再说|再问|问下|问一下|\s)*$")
_PLAN = re.compile(
    r"[“\"「『'‘](?P<quoted>十[一二三四五六]?|[六七八九])五[”\"」』'’](?!折)"
    r"|(?<![一二三四五六七八九十第])(?P<bare>十[一二三四五六])五(?![天日个年月条章岁名人])"
    r"|(?<![一二三四五六七八九十第])(?P<old>十|[六七八九])五(?=期间|时期|规划|计划|末|期末)"
)
_NUMERALS = "一二三四五六七八九"
_FIRST_PLAN, _PLAN_YEARS = 1951, 5  # 六五 is 1981-1985, 十三五 is 2016-2020
_DECADE = re.compile(r"(?:上个?世纪|二十世纪|20世纪)?(?:([五六七八九])十|([5-9])0)年代")
_CENTURY = re.compile(r"(?:本|新|21|二十一)世纪以来")
_RECENT = re.compile(
    r"(?:最近|过去|近)(?P<number>[一二两三四五六七八九十]|\d{1,2})个?年(?:来|间|里)?"
    r"(?!内|以内|未|无|没|不|连续|被|受|有|发生|从事|平均|年均|期|以上|因)"
)
# 上一年呢, after a turn that named a year.
_NEXT = re.compile(
    r"^(?:请问|那么?|\s)*(?P<word>上一?年|前一年|下一年|次年|第二年|翌年|后一年)度?(?=[的呢又是?？]|多少|怎|\s*$)"
)
_BACK = ("上", "前一")
_JOINED = re.compile(r"\s*(?:和|与|跟|同|及|比|对比|、|,|,|vs|VS|and)\s*")
_OLDEST = 1949


@dataclass(frozen=True, slots=True)
class Period:
    """Years that a text names at a place in it; `kind` is year, plan, goal, issued, relative or now (今年)."""

    start: int
    end: int
    years: tuple[int, ...]
    kind: str = "year"
    plan: str = ""  # 十三五: what a text that speaks of it says


def today() -> date:
    """Return the day from which 去年 is counted."""
    return date.today()


def read_periods(text: str, place_ends: Iterable[int] = (), now: date | None = None) -> list[Period]:
    """Return the periods that a text names, in order; `place_ends` is where names of places end, or begin, in it."""
    plain = _HAN_YEAR.sub(lambda m: m[0].translate(_HAN_DIGITS), text.translate(_WIDE))
    year, beside = (now or today()).year, frozenset(place_ends)
    found: list[Period] = []
    for read in _READERS:
        for period in read(plain, year, beside):
            if not any(p.start < period.end and period.start < p.end for p in found):
                found.append(period)
    kept = sorted((p for p in found if p.kind != "none"), key=lambda p: p.start)
    return _without_loose(kept, plain)


def years_ahead(text: str) -> int:
    """Return by how many years a follow-up is about another year than the turn before: 1 for 次年呢, -1 for 上一年呢."""
    match = _NEXT.match(text)
    return 0 if not match else -1 if match["word"].startswith(_BACK) else 1


def limiting(periods: Sequence[Period]) -> list[Period]:
    """Return the periods that say of when a policy is: a goal is one only where nothing else is (2017年提出到2020年)."""
    return [p for p in periods if p.kind != "goal"] or list(periods)


def plan_years(name: str) -> tuple[int, ...]:
    """Return the years of a five-year plan by its name: 十三五 is 2016 to 2020."""
    numeral = name.removesuffix("五")
    tens, ones = ("十", numeral[1:]) if numeral.startswith("十") else ("", numeral)
    number = (10 if tens else 0) + (_NUMERALS.index(ones) + 1 if ones else 0)
    first = _FIRST_PLAN + _PLAN_YEARS * number
    return tuple(range(first, first + _PLAN_YEARS))


@cache
def years_of_title(title: str) -> frozenset[int]:
    """Return the years that a title says its document is for: 2016-2020年行动计划, “十四五”规划, 2012年工作安排."""
    found = [*_ranges(title, 0, frozenset()), *_plans(title, 0, frozenset()), *_full(title, 0, frozenset())]
    return frozenset(year for period in found for year in period.years)


def say_years(years: Sequence[int]) -> str:
    """Return years as people say them: 2016年至2020年、2022年."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    said = [[f"{run[0]}年至{run[-1]}年"] if len(run) > 2 else [f"{year}年" for year in run] for run in runs]
    return "、".join(text for run in said for text in run)


def _ranges(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _RANGE.finditer(text):
        first, last = int(match[1]), year if match[2] == "今" else int(match[2])
        if first < last:
            yield Period(*match.span(), tuple(range(first, last + 1)))


def _since(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _SINCE.finditer(text):
        kind = "none" if _is_of_others(text, match) else "year"
        yield Period(*match.span(), tuple(range(int(match[1]), max(year, int(match[1])) + 1)), kind)


def _before(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _BEFORE.finditer(text):
        if _is_of_others(text, match):
            yield Period(*match.span(), (), "none")
        elif _AIMS.search(text, match.end()):
            yield Period(*match.span(), (int(match[1]),), "goal")
        else:
            yield Period(*match.span(), tuple(range(_OLDEST, int(match[1]) + 1)))


def _is_of_others(text: str, match: re.Match[str]) -> bool:
    """True if a time is of somebody or something that the policy is for: 1996年后出生的, 2020年8月20日之前的借款."""
    dated = "日" in match[0] or "号" in match[0]
    return bool(_OF_SOMEBODY.match(text, match.end())) or dated and text.startswith("的", match.end())


def _goals(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _GOAL.finditer(text):
        yield Period(*match.span(), (int(match[1] or match[2]),), "goal")


def _issued(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _ISSUED.finditer(text):
        yield Period(match.start(), match.start() + 5, (int(match[1]),), "issued")


def _full(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _FULL.finditer(text):
        yield Period(*match.span(), (int(match[1]),))


def _bare(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _BARE.finditer(text):
        yield Period(*match.span(), (int(match[1]),))


def _short(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    """Yield 12年 as 2012 where the question opens with it or names a place, and nothing makes it a length of time."""
    for match in _SHORT.finditer(text):
        before = text[: match.start()]
        near = match.start() in beside or not beside.isdisjoint((match.end(), match.end() + 1))
        if (near or _LEADS.match(before)) and not _LENGTH_BEFORE.search(before):
            yield Period(*match.span(), (2000 + int(match[1]),))


def _plans(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _PLAN.finditer(text):
        name = f"{match['quoted'] or match['bare'] or match['old']}五"
        yield Period(*match.span(), plan_years(name), "plan", name)


def _decades(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    for match in _DECADE.finditer(text):
        first = 1900 + 10 * (_NUMERALS.index(match[1]) + 1 if match[1] else int(match[2]))
        yield Period(*match.span(), tuple(range(first, first + 10)))
    for match in _CENTURY.finditer(text):
        yield Period(*match.span(), tuple(range(2000, year + 1)))


def _recent(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    """Yield 近三年 where it opens the question or follows a place; elsewhere it is a condition of somebody's."""
    for match in _RECENT.finditer(text):
        said = match["number"]
        number = int(said) if said.isdigit() else {"两": 2, "十": 10}.get(said) or _NUMERALS.index(said) + 1
        if match.start() in beside or _LEADS.match(text[: match.start()]):
            yield Period(*match.span(), tuple(range(year - number + 1, year + 1)), "relative")


def _relative(text: str, year: int, beside: frozenset[int]) -> Iterator[Period]:
    pattern, ahead = _relative_words()
    for match in pattern.finditer(text):
        by = ahead[match[1].lower()]
        yield Period(*match.span(), (year + by,), "relative" if by else "now")


_READERS: tuple[Callable[[str, int, frozenset[int]], Iterator[Period]], ...] = (
    _ranges, _since, _before, _issued, _goals, _full, _bare, _short, _plans, _decades, _recent, _relative,
)  # fmt: skip


def _without_loose(periods: list[Period], text: str) -> list[Period]:
    """Leave out 今年 beside a year that says which it is: 今年(2024); but not 去年和2012年."""
    loose = ("relative", "now")
    if all(p.kind in (*loose, "goal") for p in periods):
        return periods
    joined = {
        i
        for i, (one, other) in enumerate(zip(periods, periods[1:], strict=False))
        if _JOINED.fullmatch(text, one.end, other.start)
    }
    return [p for i, p in enumerate(periods) if p.kind not in loose or i in joined or i - 1 in joined]


def anchored(years: Sequence[int], ahead: int) -> tuple[int, ...]:
    """Return the year that lies before the first of some years, or after the last."""
    return ((min(years) if ahead < 0 else max(years)) + ahead,) if years else ()


@cache
def _relative_words() -> tuple[re.Pattern[str], dict[str, int]]:
    rows = (line.split("\t") for line in _RELATIVE_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    ahead = {word: int(years) for word, years in rows}
    words = "|".join(sorted(map(re.escape, ahead), key=len, reverse=True))
    not_after = "以从提目之当生此先事说证今除声注标"  # 以前年度, 目前年龄, 说明年限
    pattern = rf"(?<![{not_after}])({words})(?![龄限])(?:度|年?底|年?末|初|[上下]半年)?"
    return re.compile(pattern, re.IGNORECASE), ahead
