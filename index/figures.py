"""Quantities in a text as wholes: 30元 is not found in 530元, nor 75 in 2012〔75〕号."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from index.types import Figure

_UNITS_FILE = Path(__file__).parent / "data" / "units.tsv"
_DIGITS = "0-9０-９"
_HAN = "零〇○一二两三四五六七八九十百千"
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8, "万亿": 10**12}
_WIDE = str.maketrans("０１２３４５６７８９．，", "0123456789.,")
_ZEROS = "零〇○◯ＯOoОоΟο"  # what scanning and typing make of the 〇 of 二〇一二: Latin, Cyrillic, Greek
_HAN_DIGITS = str.maketrans(_ZEROS + "一二三四五六七八九", "0" * len(_ZEROS) + "123456789")

# 海府办发〔2015〕18 号, in any of the brackets and with the spaces that scanning leaves: 国办发„2009‟3号.
NO_OPEN, NO_CLOSE = "〔﹝\\[［(（【〈<「『〖{｛„“", "〕﹞\\]］)）】〉>」』〗}｝‟”"
_NO_YEAR = r"(?:[1１][9９]|[2２][0０])\d{2}"
DOC_NO = re.compile(
    rf"(?P<agency>[\u4e00-\u9fff]{{2,14}})\s*[{NO_OPEN}]\s*(?P<year>{_NO_YEAR})\s*年?\s*[{NO_CLOSE}]\s*"
    r"(?:第\s*)?[0０]*(?P<serial>\d{1,5})\s*号"
)
# (84)国发27号, 公告2015年第6号: the other forms, whose year is no date.
_OTHER_NO = re.compile(
    rf"[{NO_OPEN}](?:{_NO_YEAR}|[4-9４-９]\d)[{NO_CLOSE}][\u4e00-\u9fff]{{1,12}}第?\d{{1,5}}号|(?<=[令告])\s?{_NO_YEAR}年第?\d{{1,4}}号"
)
_HAN_YEAR = rf"(?:[{_ZEROS}0０一二三四五六七八九]\s?){{3}}[{_ZEROS}0０一二三四五六七八九]"
_DATE = re.compile(
    rf"(?P<year>(?<![{_DIGITS}])[{_DIGITS}]{{4}}|(?<![{_DIGITS}]){_HAN_YEAR})\s*年"
    rf"(?:\s*(?P<month>[{_DIGITS}]{{1,2}}|[一二三四五六七八九十]{{1,2}})\s*月份?"
    rf"(?:\s*(?P<day>[{_DIGITS}]{{1,2}}|[一二三四五六七八九十]{{1,3}}|[一二三][{_ZEROS}])\s*日)?)?"
    r"(?:年?(?:底|末|初|年底|年末))?(?:以?前|之前|以?后|起)?"
)
_PLAIN_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?[-./—－．]\s?(\d{1,2})\s?[-./—－．]\s?(\d{1,2})(?!\d)")


@cache
def _units() -> dict[str, tuple[str, str, Decimal]]:
    rows = (line.split("\t") for line in _UNITS_FILE.read_text("utf-8").splitlines() if line and line[0] != "#")
    return {unit: (kind, base, Decimal(factor)) for unit, kind, base, factor in rows}


@cache
def _quantity() -> re.Pattern[str]:
    units = "|".join(sorted(map(re.escape, _units()), key=len, reverse=True))
    number = rf"[{_DIGITS}]+(?:[,，][{_DIGITS}]{{3}})*(?:[.．][{_DIGITS}]+)?"
    scale = "|".join(sorted(filter(None, _SCALES), key=len, reverse=True))
    return re.compile(
        rf"百分之(?P<percent>[{_HAN}点]+|{number})"
        rf"|(?<![{_DIGITS}.．])(?:(?P<low>{number})\s*(?:%|％)?\s*[-—–~～至到]+\s*)?(?P<number>{number})\s*"
        rf"(?P<scale>{scale})?\s*(?:多|余)?(?P<unit>{units})"
        rf"|(?<![{_HAN}第])(?P<han>[{_HAN}]+(?:点[{_HAN}]+)?)(?P<hanscale>万亿|亿|万)?(?:多|余)?(?P<hanunit>{units})(?!性)"
    )


_AFTER = re.compile(r"(?:以上|以下|以内|以外|左右)")


def find_figures(text: str) -> tuple[Figure, ...]:
    """Return the quantities and dates of a text in order; those inside a 文号 are not quantities."""
    taken = bytearray(len(text))  # by character: a table's clause can hold thousands of figures
    for pattern in (DOC_NO, _OTHER_NO):
        for match in pattern.finditer(text):
            taken[match.start() : match.end()] = b"\1" * len(match[0])
    found: list[Figure] = []

    def add(match: re.Match[str], kind: str, value: str, unit: str) -> None:
        start, end = match.span()
        after = _AFTER.match(text, end)
        end = after.end() if after else end
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            found.append(Figure(text[start:end], kind, value, unit, start, end))

    for match in _DATE.finditer(text):
        if date := _date_value(match):
            add(match, "date", date, "日期")
    for match in _quantity().finditer(text):
        try:
            add(match, *_quantity_value(match))
        except ValueError:  # 十百, 三二一: numerals, but not one number
            continue
    return tuple(sorted(found, key=lambda figure: figure.start))


# Shares that are no quantity with a unit: 三分之二, 1/2, 按6:4比例, 过半数.
_SHARE = re.compile(
    rf"[{_HAN}{_DIGITS}]+分之[{_HAN}{_DIGITS}点.．]+|(?<![{_DIGITS}/／])[{_DIGITS}]{{1,2}}[/／][{_DIGITS}]{{1,2}}(?![{_DIGITS}/／月])"
    rf"|按照?[{_DIGITS}.．]+[:：∶][{_DIGITS}.．]+|[{_DIGITS}.．]+[:：∶][{_DIGITS}.．]+的?(?:比例|承担|分担|负担|配套)"
    r"|过半|半数|一半|各半|对半"
)


def says_share(text: str) -> bool:
    """True if a text says a part of a whole otherwise than in percent: 三分之二以上, 不低于1/2, 按6:4比例承担."""
    return bool(_SHARE.search(text))


def iso_date(text: str) -> str | None:
    """Return the first full date of a text as YYYY-MM-DD; Chinese numerals are read too."""
    for match in _DATE.finditer(text):
        if match["day"] and (value := _date_value(match)):
            return value
    plain = _PLAIN_DATE.search(text)
    return _valid_date(int(plain[1]), int(plain[2]), int(plain[3])) if plain else None


def find_dates(text: str) -> list[tuple[int, int, str]]:
    """Return the full dates of a text as (start, end, YYYY-MM-DD), in order."""
    found = [(m.start(), text.index("日", m.end("day")) + 1, _date_value(m)) for m in _DATE.finditer(text) if m["day"]]
    found += [(m.start(), m.end(), _valid_date(int(m[1]), int(m[2]), int(m[3]))) for m in _PLAIN_DATE.finditer(text)]
    return sorted((start, end, value) for start, end, value in found if value)


def normal_doc_no(match: re.Match[str]) -> str:
    """Return a 文号 in its official form: 六角括号, no spaces, no 第, no leading zeros."""
    return f"{match['agency']}〔{int(match['year'])}〕{int(match['serial'])}号"


def _date_value(match: re.Match[str]) -> str | None:
    year = int(re.sub(r"\s", "", match["year"]).translate(_WIDE).translate(_HAN_DIGITS))
    if not 1900 <= year <= 2100:
        return None
    if not match["month"]:
        return str(year)
    month = integer(match["month"])
    if match["day"]:
        return _valid_date(year, month, integer(match["day"]))
    return f"{year}-{month:02d}" if 1 <= month <= 12 else None


def _valid_date(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:  # 2月30日: a slip of the pen
        return None


def _quantity_value(match: re.Match[str]) -> tuple[str, str, str]:
    """Return (kind, value, base unit); a range keeps both ends as `1-2`. Raises ValueError."""
    if match["percent"]:
        return "percent", _plain(_decimal(match["percent"])), "%"
    unit = match["unit"] or match["hanunit"]
    kind, base, factor = _units()[unit]
    if match["han"]:
        number, scale = _decimal(match["han"]), match["hanscale"]
    else:
        number, scale = _decimal(match["number"]), match["scale"]
    factor *= _SCALES[scale or ""]
    value = _plain(number * factor)
    if match["low"]:
        value = f"{_plain(_decimal(match['low']) * factor)}-{value}"
    return kind, value, base


def _decimal(digits: str) -> Decimal:
    digits = digits.translate(_WIDE).replace(",", "")
    if digits[0].isascii():
        return Decimal(digits)
    import cn2an

    return Decimal(str(cn2an.cn2an(digits.replace("○", "零").replace("〇", "零"), "smart")))


def integer(digits: str) -> int:
    plain = digits.translate(_HAN_DIGITS)  # 三〇 is 30, as 三十 is
    return int(plain) if plain.isascii() else int(_decimal(digits))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
