"""文号: the number of an official document, in all the forms that it takes, and its one normal form.

国发〔1984〕27号            国发[1984]第027号, （84）国发27号, 国发1984 27号
国务院令第709号             中华人民共和国国务院令 第七百零九号; the body's name without 中华人民共和国
交通运输部令2014年第8号      海关总署公告2015年第6号
四川省人民代表大会常务委员会公告〔十三届〕第12号
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.figures import NO_CLOSE, NO_OPEN, integer

_DATA = Path(__file__).parent / "data"
_HAN = r"[\u4e00-\u9fff]"
_NUMERAL = "零〇○一二三四五六七八九十百千"
_YEAR = r"(?:[1１][9９]|[2２][0０])\d{2}"
_SHORT_YEAR = r"[4-9４-９]\d"  # （84）国发27号: two digits were in use until the nineties
_SERIAL = rf"(?:[0０]*\d{{1,5}}|[{_NUMERAL}]{{1,7}})"
_OPEN, _CLOSE = rf"[{NO_OPEN}]", rf"[{NO_CLOSE}]"
_BODIES = rf"(?P<body>{_HAN}{{0,40}}?(?:[、 ,，]{{1,2}}{_HAN}{{2,25}}?){{0,6}})"
_WORD = r"(?P<word>令|公告|通告|通令|公报)"

# 国发〔2012〕33号, 国发〔84〕第27号, 闽政〔1985〕综211号
_BRACKETED = re.compile(
    rf"(?P<agency>{_HAN}{{2,18}}?)\s*{_OPEN}\s*(?P<year>{_YEAR}|{_SHORT_YEAR})\s*年?\s*{_CLOSE}\s*(?:字\s*)?(?P<infix>(?![第年字]){_HAN})?\s*(?:第\s*)?(?P<serial>{_SERIAL})\s*号"
)
# （84）国发27号, [86]教高二字012号
_YEAR_FIRST = re.compile(
    rf"{_OPEN}\s*(?P<year>{_YEAR}|{_SHORT_YEAR})\s*年?\s*{_CLOSE}\s*(?P<agency>{_HAN}{{2,12}}?)\s*(?:第\s*)?(?P<serial>{_SERIAL})\s*号"
)
# 国务院令第709号, 主席令（九届第37号）, 公告2015年第6号, 公告（第十二届）第82号
_ORDER = re.compile(
    rf"{_BODIES}\s*{_WORD}\s*(?:{_OPEN}|\s)*(?:(?P<year>{_YEAR})\s*年\s*|第?(?P<term>[{_NUMERAL}]{{1,3}})届\s*{_CLOSE}?\s*)?"
    rf"(?:{_OPEN}\s*)?(?:第\s*(?P<serial>{_SERIAL})|(?<=[年令告])\s*(?P<bare>\d{{1,4}}))\s*号"
)
# 国家发展和改革委员会第23号令, 2005年第23号令
_NUMBERED_ORDER = re.compile(
    rf"(?P<body>{_HAN}{{2,30}}?)\s*{_OPEN}?(?:(?P<year>{_YEAR})\s*年?\s*{_CLOSE}?\s*)?第\s*(?P<serial>{_SERIAL})\s*号(?P<word>令|公告)"
)
# What scanning leaves of a number that stands alone: 国发2012 33号, 国发2012-33号, 财税201572号 no longer.
_LOOSE = re.compile(
    rf"(?P<agency>{_HAN}{{2,10}}?)\s*[{NO_OPEN}{NO_CLOSE}\s]*(?P<year>{_YEAR})\s*年?[{NO_OPEN}{NO_CLOSE}\s\-—－]+(?:第\s*)?(?P<serial>{_SERIAL})\s*号?"
)
_NO_YEAR = re.compile(rf"(?P<agency>{_HAN}{{1,10}}字)\s*第\s*(?P<serial>{_SERIAL})\s*号")  # 劳人险字第5号
_AND_NOT_PLACE = re.compile(r"^(?:和(?![县平政硕龙顺田林静布])|与|及|以及)")  # 和国务院令, but 和县人民政府令
_UNITS_END = re.compile(r"[发办函字规令告复通电批文秘政府法财综医人社保建教农环交税卫林水商民公司]$")
_SENTENCE = re.compile(
    rf".*(?:根据|依据|按照|依照|废止|修改|发布|公布|有关|关于|以及|通过|决定)[ \u3000、，,]*(?={_HAN}{{2}})"
)
_STATE = "中华人民共和国"


@dataclass(frozen=True, slots=True)
class DocNumber:
    """A 文号 found in a text: its normal form, who gave it (机关代字, or the body and 令/公告), and where it stands."""

    value: str
    agency: str
    year: int | None
    serial: int
    start: int
    end: int


def find_numbers(text: str) -> list[DocNumber]:
    """Return the official numbers in a text, in order."""
    found: list[DocNumber] = []
    if "号" not in text:
        return found
    for number in (*_bracketed(text), *_years_first(text), *_orders(text)):
        if not any(number.start < other.end and other.start < number.end for other in found):
            found.append(number)
    return sorted(found, key=lambda number: number.start)


def read_number(text: str) -> DocNumber | None:
    """Return the number that a text is, bracketed and labelled as it may be; None if it says more than that.

    Here the brackets may be missing (国发2012 33号), as they must not be in a sentence.
    """
    bare = re.sub(r"文件?$", "", text.strip(" \u3000★*●·;；,，。"))
    offset = text.find(bare) if bare else 0
    inner = re.fullmatch(r"[（(〔【\[《]\s*(.+号)\s*[）)〕】\]》]", bare)
    if inner and _reads(inner[1], 0):
        return _moved(_reads(inner[1], 0), offset + inner.start(1))
    number = _reads(bare, 0)
    return _moved(number, offset)


def parse_number(value: str) -> DocNumber | None:
    """Return the parts of a number in its normal form."""
    return next((number for number in find_numbers(value) if number.start == 0), None)


def _reads(text: str, start: int) -> DocNumber | None:
    for number in find_numbers(text):
        if number.start == start and number.end == len(text):
            return number
    for pattern in (_LOOSE, _NO_YEAR):
        match = pattern.fullmatch(text)
        if match and (pattern is _NO_YEAR or "号" in text or _UNITS_END.search(match["agency"])):
            return _number(match, match["agency"], match.start())
    return None


def _moved(number: DocNumber | None, by: int) -> DocNumber | None:
    if number is None:
        return None
    return DocNumber(number.value, number.agency, number.year, number.serial, number.start + by, number.end + by)


def _bracketed(text: str) -> Iterator[DocNumber]:
    for match in _BRACKETED.finditer(text):
        run = re.search(rf"{_HAN}+$", text[: match.end("agency")])
        whole = run[0] if run else match["agency"]
        agency = _own_agency(whole)
        yield _number(match, agency, match.end("agency") - len(agency))


def _years_first(text: str) -> Iterator[DocNumber]:
    for match in _YEAR_FIRST.finditer(text):
        before = text[: match.start()].rstrip()
        if not before or not re.search(rf"{_HAN}$", before) or before.endswith(("发", "由", "见", "据")):
            yield _number(match, match["agency"], match.start())


def _orders(text: str) -> Iterator[DocNumber]:
    for pattern in (_ORDER, _NUMBERED_ORDER):
        for match in pattern.finditer(text):
            body, start = _body(text, match)
            if body:
                yield _order(match, body, start)


def _number(match: re.Match[str], agency: str, start: int) -> DocNumber:
    groups = match.groupdict()
    year = _full_year(groups["year"]) if groups.get("year") else None
    serial = integer(groups["serial"])
    agency = re.sub(r"\s", "", agency)
    infix = groups.get("infix") or ""
    value = f"{agency}〔{year}〕{infix}{serial}号" if year else f"{agency}第{serial}号"
    return DocNumber(value, agency, year, serial, start, match.end())


def _order(match: re.Match[str], body: str, start: int) -> DocNumber:
    groups = match.groupdict()
    serial = integer(groups["serial"] or groups.get("bare") or "0")
    year = _full_year(groups["year"]) if groups["year"] else None
    agency = body + groups["word"]
    if groups.get("term"):
        value = f"{agency}〔{groups['term']}届〕第{serial}号"
    else:
        value = f"{agency}{year}年第{serial}号" if year else f"{agency}第{serial}号"
    end = match.end()
    tail = re.match(rf"\s*{_CLOSE}", match.string[end:])
    if tail and re.search(rf"{_OPEN}[^{NO_CLOSE}]*$", match[0]):
        end += tail.end()
    return DocNumber(value, agency, year, serial, start, end)


def _body(text: str, match: re.Match[str]) -> tuple[str, int]:
    """Return the body that gives an order and where its name starts, without the words of the sentence before it."""
    body = match["body"]
    start = match.start("body")
    if start and body.startswith(("日", "月")) and re.search(r"[\d一二三四五六七八九十]$", text[:start].rstrip()):
        body, start = body[1:], start + 1
    for lead_in in (_SENTENCE, re.compile(r"[、 ,，]+"), _AND_NOT_PLACE):
        if cut := lead_in.match(body):
            body, start = body[cut.end() :], start + cut.end()
    return re.sub(r"[、 ,，]+", " ", body.replace(_STATE, "")).strip(), start


def _full_year(digits: str) -> int:
    year = int(digits)
    return year + 1900 if year < 100 else year


@cache
def _lead_ins() -> re.Pattern[str]:
    rows = (_DATA / "agency_lead_ins.txt").read_text("utf-8").splitlines()
    words = sorted((row for row in rows if row and row[0] != "#"), key=len, reverse=True)
    return re.compile(f".*(?:{'|'.join(words)})")


def _own_agency(run: str) -> str:
    """Return the 机关代字 at the end of a run of characters: 国办发 of 根据国办发, but 和政发 of 和县."""
    match = _lead_ins().match(run)
    while match:
        rest = run[match.end() :]
        if len(rest) >= 2 and not re.match(r"[政府办]|发(?!改)", rest):  # 和政发 of 和县 is whole
            return rest
        match = _lead_ins().match(run, 0, match.end() - 1)
    return run
